// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// The levels that a physical access can be answered by.
enum class MemoryLevel : uint8_t { kL1d = 0, kL2 = 1, kL3 = 2, kMemory = 3 };

inline constexpr int kMemoryLevels = 4;

}  // namespace nestwalk
