// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/io/byte_sink.h"
#include "sim/stream/stream_summary.h"

namespace nestwalk {

/// Compression of .nwt: -7 to 19 are Zstandard's levels over the codes, 0 leaves it out. Levels
/// below 0 are fast to read; higher ones are smaller and slower to write.
inline constexpr int kLeastNwtLevel = -7;
inline constexpr int kMostNwtLevel = 19;
inline constexpr int kDefaultNwtLevel = -1;

/// Writes a stream as .nwt, block by block, in memory that does not grow but for the index (24
/// bytes for each 65,536 elements) and the touched pages.
class NwtWriter {
 public:
  /// `sink` may be a pipe: nothing is sought.
  explicit NwtWriter(std::unique_ptr<ByteSink> sink, int level = kDefaultNwtLevel);
  ~NwtWriter();

  void write(const Reference* elements, size_t count);
  /// Writes what is left and the index, and commits the sink. Returns what was written. Without it
  /// a file does not appear.
  StreamSummary finish();

  /// Written so far.
  uint64_t references() const;
  uint64_t bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nestwalk
