// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/bare_loop.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <new>

namespace nestwalk::bench {
namespace {

constexpr int kPageShift = 12;
constexpr size_t kPagesIn64GiB = size_t{1} << (36 - kPageShift);

/// Each set's pages in order of last use. Of several forms tried (all ways by branches, none,
/// vectors, L2 look-ups batched) the fastest over the three streams.
template <size_t kSets>
class BareTlb {
 public:
  BareTlb() { std::fill_n(&ways_[0][0], kSets * 4, ~uint64_t{0}); }

  /// Returns whether it hit; in any case the page is now the most recently used of its set.
  bool access(uint64_t page) {
    uint64_t* const way = ways_[page % kSets];
    if (way[0] == page) return true;
    const uint64_t old[4] = {way[0], way[1], way[2], way[3]};
    const bool by_1 = old[1] == page;
    const bool by_2 = by_1 | (old[2] == page);
    const bool by_3 = by_2 | (old[3] == page);
    way[0] = page;
    way[1] = old[0];
    way[2] = by_1 ? old[2] : old[1];
    way[3] = by_2 ? old[3] : old[2];
    return by_3;
  }

 private:
  uint64_t ways_[kSets][4];
};

}  // namespace

TlbMisses run_bare_loop(const std::vector<uint64_t>& addresses) {
  BareTlb<16> l1;
  BareTlb<128> l2;
  TlbMisses misses;
  for (const uint64_t address : addresses) {
    const uint64_t page = address >> kPageShift;
    if (l1.access(page)) continue;
    ++misses.l1;
    if (!l2.access(page)) ++misses.l2;
  }
  return misses;
}

TwoLoads::TwoLoads() : first_(make_table()), second_(make_table()) {
  for (size_t i = 0; i < kPagesIn64GiB; ++i) first_[i] = i * 0x9e3779b1 % kPagesIn64GiB;
  std::fill_n(second_.get(), kPagesIn64GiB, 1);
}

TwoLoads::Table TwoLoads::make_table() {
  constexpr size_t kBytes = kPagesIn64GiB * sizeof(uint64_t);
  void* const table = std::aligned_alloc(size_t{2} << 20, kBytes);
  if (table == nullptr) throw std::bad_alloc();
  (void)madvise(table, kBytes, MADV_HUGEPAGE);
  return Table(static_cast<uint64_t*>(table));
}

uint64_t TwoLoads::run(const std::vector<uint64_t>& addresses) const {
  uint64_t sum = 0;
  for (const uint64_t address : addresses)
    sum += second_[first_[(address >> kPageShift) % kPagesIn64GiB]];
  return sum;
}

}  // namespace nestwalk::bench
