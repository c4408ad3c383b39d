// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/touched_pages.h"

#include <algorithm>

namespace nestwalk {
namespace {

constexpr int kPageShift = 12;
constexpr uint64_t kChunkPages = 512;
constexpr uint64_t kClusterGapPages = uint64_t{1} << 18;  // 1 GiB

/// No range holds the last page of all: its limit would be 2^64.
VirtualRange range_of_pages(uint64_t first, uint64_t end) {
  constexpr uint64_t kLastPage = ~uint64_t{0} >> kPageShift;
  return {GuestVirtual(first << kPageShift), GuestVirtual(std::min(end, kLastPage) << kPageShift)};
}

bool is_empty(const VirtualRange& range) {
  return range.base == range.limit;
}

}  // namespace

void TouchedPages::touch(const Reference* elements, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const Reference& element = elements[i];
    if (!is_data(element)) continue;
    const uint64_t page = element.address >> kPageShift;
    Chunk& in = chunk(page / kChunkPages);
    in.touched[page % kChunkPages / 64] |= uint64_t{1} << (page % 64);
    ++in.references;
    const uint64_t last_page = (element.address + element.size - 1) >> kPageShift;
    if (last_page != page && element.size > 0) touch_page(last_page);
  }
}

TouchedPages::Chunk& TouchedPages::chunk(uint64_t number) {
  Recent& recent = recent_[number % recent_.size()];
  if (recent.number != number) recent = {number, &chunks_[number]};
  return *recent.chunk;
}

uint64_t TouchedPages::pages() const {
  uint64_t pages = 0;
  for (const auto& [number, chunk] : chunks_) {
    for (const uint64_t word : chunk.touched) {
      pages += static_cast<uint64_t>(__builtin_popcountll(word));
    }
  }
  return pages;
}

std::vector<uint64_t> TouchedPages::chunk_numbers() const {
  std::vector<uint64_t> numbers;
  numbers.reserve(chunks_.size());
  for (const auto& [number, chunk] : chunks_) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

template <class Visit>
void TouchedPages::for_each_run(Visit visit) const {
  uint64_t first = 0;
  uint64_t end = 0;
  for (const uint64_t number : chunk_numbers()) {
    const Chunk& chunk = chunks_.at(number);
    for (uint64_t i = 0; i < kChunkPages; ++i) {
      if (!((chunk.touched[i / 64] >> (i % 64)) & 1)) continue;
      const uint64_t page = number * kChunkPages + i;
      if (page != end || first == end) {
        if (first != end) visit(first, end);
        first = page;
      }
      end = page + 1;
    }
  }
  if (first != end) visit(first, end);
}

std::vector<Cluster> TouchedPages::clusters() const {
  std::vector<Cluster> clusters;
  for_each_run([&](uint64_t first, uint64_t end) {
    const bool joins =
        !clusters.empty() &&
        first - (clusters.back().range.limit.value() >> kPageShift) < kClusterGapPages;
    if (joins) {
      clusters.back().range.limit = range_of_pages(first, end).limit;
    } else {
      clusters.push_back({range_of_pages(first, end), 0, 0});
    }
    clusters.back().pages += end - first;
  });
  // A chunk has no gap of 1 GiB: it is of one cluster.
  for (const auto& [number, chunk] : chunks_) {
    if (chunk.references == 0) continue;
    const uint64_t end = (number + 1) * kChunkPages;
    const auto after = std::partition_point(
        clusters.begin(), clusters.end(),
        [end](const Cluster& cluster) { return cluster.range.base.page() < end; });
    std::prev(after)->references += chunk.references;
  }
  if (!clusters.empty() && is_empty(clusters.back().range)) clusters.pop_back();
  return clusters;
}

std::vector<VirtualRange> TouchedPages::ranges(size_t most) const {
  std::vector<VirtualRange> ranges;
  for_each_run([&](uint64_t first, uint64_t end) { ranges.push_back(range_of_pages(first, end)); });
  if (!ranges.empty() && is_empty(ranges.back())) ranges.pop_back();
  if (ranges.size() <= most) return ranges;

  std::vector<uint64_t> gaps;
  for (size_t i = 1; i < ranges.size(); ++i) gaps.push_back(ranges[i].base - ranges[i - 1].limit);
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<ptrdiff_t>(ranges.size() - most - 1),
                   gaps.end());
  const uint64_t filled = gaps[ranges.size() - most - 1];
  std::vector<VirtualRange> merged{ranges.front()};
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].base - merged.back().limit <= filled) {
      merged.back().limit = ranges[i].limit;
    } else {
      merged.push_back(ranges[i]);
    }
  }
  return merged;
}

std::optional<VirtualRange> primary_region(const std::vector<Cluster>& clusters) {
  const auto most = std::max_element(
      clusters.begin(), clusters.end(),
      [](const Cluster& a, const Cluster& b) { return a.references < b.references; });
  if (most == clusters.end() || is_empty(most->range)) return std::nullopt;
  return most->range;
}

}  // namespace nestwalk
