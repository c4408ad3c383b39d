// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sim/stream/stream.h"

namespace nestwalk {

/// Touched pages with less than 1 GiB between neighbours (interface.md, Workloads).
struct Cluster {
  VirtualRange range;       ///< From the first touched page to the end of the last; at most to the
                            ///< beginning of the last page of all, so that it may be empty.
  uint64_t pages = 0;       ///< Touched pages of 4 KiB.
  uint64_t references = 0;  ///< Data references.
};

/// The 4 KiB pages that the loads and stores of a stream touch. Memory: about 100 bytes for each 2
/// MiB with a touched page, less than a fortieth of the page table that maps them.
class TouchedPages {
 public:
  /// Notes the pages of accesses. Instruction fetches are none, so that a trace with them has the
  /// same regions as one without.
  void touch(const Reference* elements, size_t count);

  uint64_t pages() const;
  /// Ascending.
  std::vector<Cluster> clusters() const;
  /// Ascending, disjoint; at most `most`, for which the smallest gaps between pages are filled.
  std::vector<VirtualRange> ranges(size_t most = 4096) const;

 private:
  struct Chunk {
    std::array<uint64_t, 8> touched{};  ///< A bit a page.
    uint64_t references = 0;
  };
  struct Recent {
    uint64_t number = ~uint64_t{0};
    Chunk* chunk = nullptr;
  };

  Chunk& chunk(uint64_t number);
  void touch_page(uint64_t page) {
    Chunk& in = chunk(page / 512);
    in.touched[page % 512 / 64] |= uint64_t{1} << (page % 64);
  }
  std::vector<uint64_t> chunk_numbers() const;
  /// Calls visit(first page, pages after the last) for runs of touched pages, ascending.
  template <class Visit>
  void for_each_run(Visit visit) const;

  std::unordered_map<uint64_t, Chunk> chunks_;  ///< By address / 2 MiB.
  std::array<Recent, 256> recent_{};
};

/// The cluster with most references, the lowest of equals; nullopt if nothing was touched, or only
/// the last page of all, which no segment covers.
std::optional<VirtualRange> primary_region(const std::vector<Cluster>& clusters);

}  // namespace nestwalk
