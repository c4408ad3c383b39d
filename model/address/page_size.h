// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// Page sizes of x86-64, smallest first, so that `<` compares sizes.
enum class PageSize : uint8_t { k4K = 0, k2M = 1, k1G = 2 };

inline constexpr int kPageSizes = 3;
inline constexpr PageSize kPageSizesUpward[] = {PageSize::k4K, PageSize::k2M, PageSize::k1G};

/// log2 of the size in bytes: 12, 21 or 30.
constexpr int shift(PageSize size) {
  return 12 + 9 * static_cast<int>(size);
}
/// Size in bytes.
constexpr uint64_t bytes(PageSize size) {
  return uint64_t{1} << shift(size);
}
/// Size in bytes less one.
constexpr uint64_t mask(PageSize size) {
  return bytes(size) - 1;
}

constexpr PageSize smaller(PageSize a, PageSize b) {
  return a < b ? a : b;
}

/// Page size of a leaf at a table level: 1 is the page table, 2 the page directory, 3 the PDPT.
constexpr PageSize leaf_size(int level) {
  return static_cast<PageSize>(level - 1);
}

}  // namespace nestwalk
