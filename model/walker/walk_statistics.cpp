// SPDX-License-Identifier: Apache-2.0
#include "model/walker/walk_statistics.h"

namespace nestwalk {
namespace {

template <size_t n>
void accumulate(std::array<uint64_t, n>& sum, const std::array<uint64_t, n>& part) {
  for (size_t i = 0; i < n; ++i) sum[i] += part[i];
}

}  // namespace

CycleHistogram& CycleHistogram::operator+=(const CycleHistogram& other) {
  accumulate(counts_, other.counts_);
  return *this;
}

WalkStatistics& WalkStatistics::operator+=(const WalkStatistics& other) {
  walks += other.walks;
  cycles += other.cycles;
  memory_references += other.memory_references;
  segment_checks += other.segment_checks;
  ad_updates += other.ad_updates;
  dirty_assists += other.dirty_assists;
  merged += other.merged;
  guest_faults += other.guest_faults;
  nested_faults += other.nested_faults;
  accumulate(by_class, other.by_class);
  accumulate(served_by, other.served_by);
  accumulate(by_page_size, other.by_page_size);
  for (size_t i = 0; i < references.size(); ++i) accumulate(references[i], other.references[i]);
  service += other.service;
  wait += other.wait;
  return *this;
}

}  // namespace nestwalk
