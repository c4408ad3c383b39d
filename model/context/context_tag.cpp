// SPDX-License-Identifier: Apache-2.0
#include "model/context/context_tag.h"

namespace nestwalk {
namespace {

constexpr int kModeBits = 16;  // of one dimension

uint32_t mode(const GuestPaging& paging) {
  return unsigned{paging.levels == 5} | unsigned{paging.nx_enabled} << 1 |
         unsigned{paging.write_protect} << 2 | unsigned{paging.smep} << 3 |
         unsigned{paging.smap} << 4 | static_cast<uint32_t>(paging.maxphyaddr) << 5;
}

uint32_t mode(const NestedPaging& paging) {
  return unsigned{paging.levels == 5} | unsigned{paging.nx_enabled} << 1 |
         unsigned{paging.format == NestedFormat::kEpt} << 2 | unsigned{paging.accessed_dirty} << 3 |
         static_cast<uint32_t>(paging.maxphyaddr) << 4;
}

}  // namespace

ContextTags ContextTagTable::tags_of(const TranslationContext& context) {
  const HostPhysical root = context.virtualized ? context.nested.root : kNoNestedRoot;
  const uint32_t nested_mode = context.virtualized ? mode(context.nested) : 0;
  const uint32_t composed_mode = nested_mode << kModeBits | mode(context.guest);
  ContextTags tags;
  tags.linear = tag({Kind::kLinear, context.vpid, root, context.pcid, composed_mode});
  tags.global = tag({Kind::kGlobal, context.vpid, root, Pcid{0}, composed_mode});
  tags.nested = tag({Kind::kNested, context.vpid, root, Pcid{0}, nested_mode});
  tags.match_global = !context.guest_segment.enabled();
  return tags;
}

ContextTag ContextTagTable::tag(const Key& key) {
  const auto [place, is_new] = tags_.try_emplace(key, static_cast<ContextTag>(keys_.size() + 1));
  if (is_new) keys_.push_back(key);
  return place->second;
}

}  // namespace nestwalk
