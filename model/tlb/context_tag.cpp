// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/context_tag.h"

namespace nestwalk {
namespace {

bool same(const ContextTagTable::Key& a, const ContextTagTable::Key& b) {
  return a.kind == b.kind && a.vpid == b.vpid && a.nested_root == b.nested_root && a.pcid == b.pcid;
}

}  // namespace

ContextTags ContextTagTable::tags_of(const TranslationContext& context) {
  const HostPhysical root =
      context.virtualized ? context.nested.root : ContextTagTable::kNoNestedRoot;
  ContextTags tags;
  tags.linear = tag({Kind::kLinear, context.vpid, root, context.pcid});
  tags.global = tag({Kind::kGlobal, context.vpid, root, Pcid{0}});
  tags.nested = tag({Kind::kNested, context.vpid, root, Pcid{0}});
  tags.match_global = !context.guest_segment.enabled();
  return tags;
}

ContextTag ContextTagTable::tag(const Key& key) {
  // Newest first: a machine switches among its latest contexts.
  for (size_t i = keys_.size(); i != 0; --i)
    if (same(keys_[i - 1], key)) return static_cast<ContextTag>(i);
  keys_.push_back(key);
  return static_cast<ContextTag>(keys_.size());
}

}  // namespace nestwalk
