// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace nestwalk::bench {

struct TlbMisses {
  uint64_t l1 = 0;
  uint64_t l2 = 0;
};

/// The limit: the TLBs of the paper's machine (64 entries and 512 entries, 4 ways, true LRU) over
/// addresses in memory, and nothing else. Hits and misses, no walks, no time.
TlbMisses run_bare_loop(const std::vector<uint64_t>& addresses);

/// What a walk cannot do without: two loads for each reference, the second at a place that the
/// first names, from two tables with a word for each of the 4K pages in 64 GiB, 128 MiB each, in
/// large pages where the host has them.
class TwoLoads {
 public:
  TwoLoads();
  /// Returns a number that depends on every load.
  uint64_t run(const std::vector<uint64_t>& addresses) const;

 private:
  struct Free {
    void operator()(uint64_t* table) const { std::free(table); }
  };
  using Table = std::unique_ptr<uint64_t[], Free>;

  static Table make_table();

  Table first_;
  Table second_;
};

}  // namespace nestwalk::bench
