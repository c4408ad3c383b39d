// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/context_tag.h"

namespace nestwalk {

ContextTags ContextTagTable::tags_of(const TranslationContext& context) {
  const HostPhysical root = context.virtualized ? context.nested.root : kNoNestedRoot;
  ContextTags tags;
  tags.linear = tag({Kind::kLinear, context.vpid, root, context.pcid});
  tags.global = tag({Kind::kGlobal, context.vpid, root, Pcid{0}});
  tags.nested = tag({Kind::kNested, context.vpid, root, Pcid{0}});
  tags.match_global = !context.guest_segment.enabled();
  return tags;
}

ContextTag ContextTagTable::tag(const Key& key) {
  const auto [place, is_new] = tags_.try_emplace(key, static_cast<ContextTag>(keys_.size() + 1));
  if (is_new) keys_.push_back(key);
  return place->second;
}

}  // namespace nestwalk
