// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/stream/touched_pages.h"

namespace nestwalk {

/// What a whole stream holds.
struct StreamSummary {
  uint64_t loads = 0;
  uint64_t stores = 0;
  uint64_t fetches = 0;
  uint64_t controls = 0;  ///< Control operations.
  uint64_t instructions = 0;
  uint64_t threads = 0;              ///< Largest thread number + 1.
  uint64_t touched_pages = 0;        ///< Of 4 KiB.
  std::vector<VirtualRange> ranges;  ///< As Stream::touched().
  std::vector<Cluster> clusters;

  uint64_t references() const { return loads + stores; }
  uint64_t elements() const { return loads + stores + fetches + controls; }
};

/// Gathers a summary while elements pass by.
class Summarizer {
 public:
  void add(const Reference* elements, size_t count);
  /// Instructions up to here.
  uint64_t instructions() const { return summary_.instructions; }
  uint64_t references() const { return kinds_[0] + kinds_[1]; }
  uint64_t elements() const { return kinds_[0] + kinds_[1] + kinds_[2] + kinds_[3]; }
  StreamSummary finish() const;

 private:
  StreamSummary summary_;
  uint64_t kinds_[4] = {};
  TouchedPages pages_;
};

}  // namespace nestwalk
