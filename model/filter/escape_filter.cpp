// SPDX-License-Identifier: Apache-2.0
#include "model/filter/escape_filter.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>

namespace nestwalk {
namespace {

size_t checked_partition_bits(const FilterConfig& config) {
  if (config.hashes < 1 || config.hashes > H3::kMaxHashes)
    throw std::invalid_argument("an escape filter has 1 to 8 hashes");
  const uint32_t bits = config.partitioned ? config.bits / config.hashes : config.bits;
  if (bits == 0 || (bits & (bits - 1)) != 0 || bits > (1U << H3::kMaxOutputBits) ||
      (config.partitioned && bits * config.hashes != config.bits))
    throw std::invalid_argument("an escape filter's bits (a hash) are a power of two up to 65536");
  return bits;
}

uint64_t new_content() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

/// Regions of so many pages, 256 GiB, have their answers remembered side by side.
constexpr uint64_t kRememberedPages = uint64_t{1} << 26;
/// Of the page number within the largest page.
constexpr size_t kLargestPageBits = 18;

int log2(size_t power) {
  return __builtin_ctzll(power);
}

}  // namespace

EscapeFilter::EscapeFilter(const FilterConfig& config)
    : config_(config),
      partition_bits_(checked_partition_bits(config)),
      hash_(static_cast<int>(config.hashes), log2(partition_bits_), config.seed),
      words_((config.bits + 63) / 64),
      content_(new_content()) {}

void EscapeFilter::insert(uint64_t page) {
  const H3::Indices indices = hash_(page);
  for (int hash = 0; hash < static_cast<int>(config_.hashes); ++hash) {
    const size_t position = bit(hash, indices[static_cast<size_t>(hash)]);
    words_[position / 64] |= uint64_t{1} << (position % 64);
  }
  inserted_.insert(page);
  changed();
}

void EscapeFilter::clear() {
  std::fill(words_.begin(), words_.end(), 0);
  inserted_.clear();
  changed();
}

void EscapeFilter::changed() {
  content_ = new_content();
  for (auto& answers : answers_) answers.clear();
}

bool EscapeFilter::test(const H3::Indices& indices) const {
  for (int hash = 0; hash < static_cast<int>(config_.hashes); ++hash) {
    const size_t position = bit(hash, indices[static_cast<size_t>(hash)]);
    if ((words_[position / 64] >> (position % 64) & 1) == 0) return false;
  }
  return true;
}

bool EscapeFilter::contains_any(uint64_t page, PageSize size) const {
  if (inserted_.empty()) return false;
  const uint64_t pages = bytes(size) / bytes(PageSize::k4K);
  const uint64_t first = page & ~(pages - 1);
  if (pages == 1) return contains(page);
  std::vector<uint64_t>& answers = answers_[static_cast<size_t>(size)];
  if (answers.empty()) answers.assign(kRememberedPages / pages, kNoAnswer);
  uint64_t& answer = answers[first / pages % answers.size()];
  if ((answer & ~uint64_t{1}) != first) {
    // A page really inserted answers at once; only then must false positives be looked for.
    const auto next = inserted_.lower_bound(first);
    const bool real = next != inserted_.end() && *next - first < pages;
    answer = first | uint64_t{real || scan(first, pages)};
  }
  return (answer & 1) != 0;
}

bool EscapeFilter::scan(uint64_t first_page, uint64_t pages) const {
  std::array<H3::Indices, kLargestPageBits> bits;
  for (size_t bit = 0; bit < bits.size(); ++bit) bits[bit] = hash_(uint64_t{1} << bit);
  // In the order of the Gray code, so that a page differs from the one before in one bit: H3 is
  // linear.
  H3::Indices indices = hash_(first_page);
  for (uint64_t i = 1; !test(indices); ++i) {
    if (i == pages) return false;
    const H3::Indices& changed = bits[static_cast<size_t>(__builtin_ctzll(i))];
    for (size_t hash = 0; hash < indices.size(); ++hash) indices[hash] ^= changed[hash];
  }
  return true;
}

}  // namespace nestwalk
