// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// How a set-associative array chooses the way to give up.
enum class Replacement : uint8_t {
  kLru,       ///< True least recently used.
  kTreePlru,  ///< One bit a node of a binary tree; ways must be a power of two.
  kRandom,    ///< Uniform, from a seed.
};

/// Ways of a set under tree PLRU at most: the bits of its tree are one word.
inline constexpr uint32_t kMaxTreePlruWays = 64;

}  // namespace nestwalk
