// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "model/address/page_size.h"
#include "model/filter/filter_config.h"
#include "model/filter/h3.h"

namespace nestwalk {

/// The escape filter: a Bloom filter of page numbers that a segment must leave to paging
/// (spec 2.4), address / 4 KiB, up to 52 bits. Never a false negative; a false positive is only
/// slower. One page cannot be taken out: clear and insert the rest.
class EscapeFilter {
 public:
  /// Throws std::invalid_argument unless bits (a partition's bits if partitioned) are a power of
  /// two of at most 2^16, hashes 1 to 8, and the filter holds at least one bit a hash.
  explicit EscapeFilter(const FilterConfig& config);

  void insert(uint64_t page);
  void clear();

  /// Whether the page is, or seems to be, in the filter.
  bool contains(uint64_t page) const { return !inserted_.empty() && test(hash_(page)); }
  /// Whether it really was inserted: what the hardware cannot know.
  bool was_inserted(uint64_t page) const { return inserted_.count(page) != 0; }
  /// Whether any 4K page of the aligned page of `size` around 4K page number `page` seems to be in.
  bool contains_any(uint64_t page, PageSize size) const;

  const std::set<uint64_t>& inserted() const { return inserted_; }
  /// A number of this content, never 0: filters of one number hold the same pages.
  uint64_t content() const { return content_; }
  const FilterConfig& config() const { return config_; }

  /// The bit array, 64 bits a word, as it is saved and restored at a VM switch.
  const std::vector<uint64_t>& words() const { return words_; }

 private:
  static constexpr uint64_t kNoAnswer = ~uint64_t{0};

  bool test(const H3::Indices& indices) const;
  size_t bit(int hash, uint16_t index) const {
    return index + (config_.partitioned ? static_cast<size_t>(hash) * partition_bits_ : 0);
  }
  bool scan(uint64_t first_page, uint64_t pages) const;
  void changed();

  FilterConfig config_;
  size_t partition_bits_;
  H3 hash_;
  std::vector<uint64_t> words_;
  std::set<uint64_t> inserted_;
  uint64_t content_;
  /// Answers of contains_any for this content, by size, made at the first question: the region's
  /// first page, and the answer in bit 0.
  mutable std::array<std::vector<uint64_t>, kPageSizes> answers_;
};

}  // namespace nestwalk
