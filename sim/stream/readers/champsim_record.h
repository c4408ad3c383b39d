// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nestwalk {

/// Where the fields of a ChampSim record lie. Both layouts begin alike: u64 ip at 0, is_branch at
/// 8, branch_taken at 9, then registers.
struct ChampsimLayout {
  size_t bytes;           ///< A record.
  size_t destination_at;  ///< u64 destination_memory[destinations]
  size_t destinations;
  size_t source_at;  ///< u64 source_memory[sources]
  size_t sources;
};

inline constexpr ChampsimLayout kChampsimLayout{64, 16, 2, 32, 4};
inline constexpr ChampsimLayout kCloudsuiteLayout{96, 24, 4, 56, 4};

}  // namespace nestwalk
