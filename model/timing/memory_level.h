// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace nestwalk {

/// The levels that a physical access can be answered by.
enum class MemoryLevel : uint8_t { kL1d = 0, kL2 = 1, kL3 = 2, kMemory = 3 };

inline constexpr int kMemoryLevels = 4;

constexpr std::string_view to_string(MemoryLevel level) {
  constexpr std::string_view kNames[kMemoryLevels] = {"L1D", "L2", "L3", "memory"};
  return kNames[static_cast<int>(level)];
}

}  // namespace nestwalk
