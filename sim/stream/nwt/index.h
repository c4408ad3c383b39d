// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/stream/stream_summary.h"

namespace nestwalk::nwt {

/// Where a block begins.
struct IndexEntry {
  uint64_t offset;             ///< Of its header in the file.
  uint64_t first_element;      ///< Elements in blocks before.
  uint64_t first_instruction;  ///< Instructions in blocks before.
};

/// The end of a .nwt file: where the blocks are, and what they hold.
struct Index {
  StreamSummary summary;
  std::vector<IndexEntry> blocks;
};

/// The index payload: counts, ranges, clusters and entries as 64-bit words.
std::vector<uint64_t> index_words(const Index& index);
/// nullopt if the words are no index of `blocks` blocks.
std::optional<Index> parse_index(const std::vector<uint64_t>& words, uint64_t blocks);

}  // namespace nestwalk::nwt
