// SPDX-License-Identifier: Apache-2.0
#include "model/tlb/l1_tlb.h"

#include "model/random/split_mix.h"

namespace nestwalk {
namespace {

std::optional<L1Tlb::Array> make(TlbGeometry geometry, Replacement replacement, uint64_t seed) {
  if (geometry.entries == 0) return std::nullopt;
  return L1Tlb::Array(geometry.entries, geometry.ways, replacement, seed);
}

}  // namespace

L1Tlb::L1Tlb(const L1TlbConfig& config, uint64_t seed)
    : arrays_{make(config.pages_4k, config.replacement, seed_of_part(seed, 0)),
              make(config.pages_2m, config.replacement, seed_of_part(seed, 1)),
              make(config.pages_1g, config.replacement, seed_of_part(seed, 2))},
      ordered_4k_(arrays_[0] && config.replacement == Replacement::kLru) {}

}  // namespace nestwalk
