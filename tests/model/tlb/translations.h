// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/context/context_tag.h"
#include "model/translation/translation.h"

namespace nestwalk::test {

inline constexpr Access kUserRead{AccessKind::kRead, true};
inline constexpr Access kUserWrite{AccessKind::kWrite, true};

/// A 4K translation with all rights, for a test to change.
inline Translation translation_to(uint64_t host, PageSize size = PageSize::k4K) {
  Translation translation;
  translation.address = HostPhysical(host);
  translation.size = size;
  translation.allowed = AccessSet::all();
  return translation;
}

/// The running context of a process of a VM.
inline TranslationContext context_of(uint16_t pcid, uint16_t vpid, uint64_t nested_root = 0x1000) {
  TranslationContext context;
  context.pcid = Pcid{pcid};
  context.vpid = Vpid{vpid};
  context.virtualized = true;
  context.nested.root = HostPhysical(nested_root);
  return context;
}

}  // namespace nestwalk::test
