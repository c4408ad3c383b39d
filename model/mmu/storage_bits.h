// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/mmu/mmu_config.h"

namespace nestwalk {

/// Widths of what an MMU translates: they decide how long tags and frame numbers are.
struct TranslationWidths {
  int guest_levels = 4;    ///< 4: 48 bits of gVA; 5: 57.
  int nested_levels = 4;   ///< Likewise of gPA, as far as `physical_bits` reaches.
  int physical_bits = 46;  ///< MAXPHYADDR, both dimensions.
};

/// Storage of the translation hardware of one MMU, in bits: a first measure of its area. Counted is
/// state that the design space trades for time, whatever mode the registers are set to (spec 2.2:
/// one MMU serves all). Not counted: logic, walkers and their queues, CR3 and EPTP, data caches.
/// doc/mmu.md has the formulas. In the library nestwalk::modules, as all of this folder.
struct StorageBits {
  uint64_t l1_tlb = 0;  ///< Of data.
  uint64_t instruction_tlb = 0;
  uint64_t l2_tlb = 0;            ///< Nested translations that share it included.
  uint64_t nested_tlb = 0;        ///< If dedicated.
  uint64_t structure_caches = 0;  ///< Of both dimensions.
  uint64_t segments = 0;          ///< BASE, LIMIT and OFFSET of both levels.
  uint64_t escape_filters = 0;    ///< The VMM's, and the guest's if there is one.

  uint64_t total() const {
    return l1_tlb + instruction_tlb + l2_tlb + nested_tlb + structure_caches + segments +
           escape_filters;
  }
};

/// `config` must be one that an Mmu can be built from.
StorageBits storage_bits(const MmuConfig& config, const TranslationWidths& widths);

}  // namespace nestwalk
