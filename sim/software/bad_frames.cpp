// SPDX-License-Identifier: Apache-2.0
#include "sim/software/bad_frames.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

uint64_t pages_in(const VirtualRange& range) {
  return (range.limit - range.base) / bytes(PageSize::k4K);
}

uint64_t pages_in(const std::vector<VirtualRange>& ranges) {
  uint64_t pages = 0;
  for (const VirtualRange& range : ranges) pages += pages_in(range);
  return pages;
}

/// Floyd's sampling: `count` distinct numbers below `total`, in `count` draws.
std::set<uint64_t> sample(uint64_t total, uint64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<uint64_t> chosen;
  for (uint64_t last = total - count; last < total; ++last)
    if (!chosen.insert(random() % (last + 1)).second) chosen.insert(last);
  return chosen;
}

}  // namespace

std::vector<GuestVirtual> choose_pages(const std::vector<VirtualRange>& ranges, uint64_t count,
                                       uint64_t seed) {
  const uint64_t total = pages_in(ranges);
  if (count > total)
    throw InputError("--bad-pages", "only " + std::to_string(total) +
                                        " host frames back the workload; give at most that many, "
                                        "not " +
                                        std::to_string(count));
  std::vector<GuestVirtual> pages;
  auto range = ranges.begin();
  uint64_t before = 0;  // pages in the ranges before `range`
  for (const uint64_t number : sample(total, count, seed)) {
    for (; number - before >= pages_in(*range); ++range) before += pages_in(*range);
    pages.push_back(range->base + (number - before) * bytes(PageSize::k4K));
  }
  return pages;
}

BadFrames::BadFrames(std::vector<HostPhysical> frames, FramePool<HostPhysical>& spare) {
  std::sort(frames.begin(), frames.end());
  for (const HostPhysical frame : frames) {
    bad_.push_back({frame, spare.take()});
    replaced_[bad_.back().replacement.page()] = frame;
  }
}

std::vector<BadFrames::BadFrame>::const_iterator BadFrames::first_from(HostPhysical address) const {
  return std::lower_bound(
      bad_.begin(), bad_.end(), address,
      [](const BadFrame& bad, HostPhysical wanted) { return bad.frame < wanted; });
}

HostPhysical BadFrames::in_place_of(HostPhysical frame) const {
  const auto found = first_from(frame);
  return found != bad_.end() && found->frame == frame ? found->replacement : frame;
}

HostPhysical BadFrames::replaced_by(HostPhysical frame) const {
  const auto found = replaced_.find(frame.page());
  return found == replaced_.end() ? frame : found->second;
}

PageSize BadFrames::widest_page(HostPhysical address, PageSize at_most) const {
  if (bad_.empty()) return at_most;
  for (const PageSize size : {PageSize::k1G, PageSize::k2M}) {
    if (size > at_most) continue;
    const HostPhysical page = address.align_down(size);
    const auto next = first_from(page);
    if (next == bad_.end() || next->frame - page >= bytes(size)) return size;
  }
  return PageSize::k4K;
}

}  // namespace nestwalk
