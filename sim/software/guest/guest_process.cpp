// SPDX-License-Identifier: Apache-2.0
#include "sim/software/guest/guest_process.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/software/frame_numbers.h"
#include "sim/software/guest_page_size.h"
#include "sim/software/swap_clock.h"

namespace nestwalk {
namespace {

constexpr uint64_t kPageBytes = bytes(PageSize::k4K);
constexpr uint64_t kAccessed = GuestEntry::Accessed::kMask;

InputError out_of_memory() {
  return InputError("guest memory",
                    "is full: give the guest more by software.guest.memory, or use "
                    "less of it");
}

}  // namespace

GuestPhysical GuestTableStore::take_table() {
  auto frame = memory_.allocate_table();
  while (!frame && memory_.reclaim()) frame = memory_.allocate_table();
  if (!frame) throw out_of_memory();
  vm_.erase_page(*frame);
  return address_of<GuestPhysical>(*frame);
}

GuestProcess::GuestProcess(Pcid pcid, const GuestProcessConfig& config, GuestMemory& memory,
                           VirtualMachine& vm, Ledger& ledger)
    : pcid_(pcid),
      config_(config),
      memory_(memory),
      vm_(vm),
      ledger_(ledger),
      store_(memory, vm),
      tables_(store_, TableFormat::guest(), config.paging.levels),
      level_(config.filter, config.most_escapes) {}

GuestProcess::Changes GuestProcess::take_changes() {
  Changes changes{level_.take_changes(), std::exchange(stale_, {})};
  changes.mappings |= std::exchange(mappings_changed_, false);
  return changes;
}

// ---- Demand paging -----------------------------------------------------------------------------

void GuestProcess::serve(GuestVirtual address) {
  if (!is_canonical(address, config_.paging.levels))
    throw InputError("address " + format_address(address.value()) + " is not canonical with " +
                     std::to_string(config_.paging.levels) + " levels (paging.guest_levels)");
  if (swap_device_.count(address.page()) != 0)
    swap_in(address.align_down(PageSize::k4K));
  else if (level_.in_block(address.page()) && !level_.is_displaced(address.page()))
    map_in_block(address);
  else
    map_new(address);
}

std::optional<uint64_t> GuestProcess::frame_of(GuestVirtual address) {
  const uint64_t page = address.page();
  if (level_.in_block(page) && !level_.is_displaced(page)) return level_.block()->place(page);
  const auto leaf = tables_.find(address);
  if (!leaf) return std::nullopt;
  return leaf->page.page() + (address.offset(leaf->size) >> shift(PageSize::k4K));
}

void GuestProcess::map(GuestVirtual page, uint64_t frame, PageSize size) {
  // A table that goes may be known to the page-walk caches.
  if (size != PageSize::k4K && !tables_.is_empty(page, size)) stale_.push_back(page);
  tables_.map(page, address_of<GuestPhysical>(frame), size);
}

/// In the largest page that lies in the block as it does in the address space, whole.
void GuestProcess::map_in_block(GuestVirtual address) {
  const auto& block = *level_.block();
  for (PageSize size = wanted_size(address);; size = static_cast<PageSize>(int(size) - 1)) {
    const GuestVirtual page = address.align_down(size);
    const FrameRun run{page.page(), frames_of(size)};
    const bool whole =
        covers(run) && block.place(run.first) % run.count == 0 && !level_.is_any_displaced(run);
    if (size == PageSize::k4K || whole) return map(page, block.place(run.first), size);
  }
}

void GuestProcess::map_new(GuestVirtual address) {
  do {
    for (int size = static_cast<int>(wanted_size(address)); size >= 0; --size)
      if (map_new(address, static_cast<PageSize>(size))) return;
  } while (memory_.reclaim());
  throw out_of_memory();
}

bool GuestProcess::map_new(GuestVirtual address, PageSize size) {
  const GuestVirtual page = address.align_down(size);
  if (size != PageSize::k4K &&
      (!is_declared(config_.areas, page, size) || !tables_.is_empty(page, size)))
    return false;
  for (uint64_t i = 0; i < frames_of(size) && size != PageSize::k4K; ++i)
    if (level_.in_block(page.page() + i) || swap_device_.count(page.page() + i) != 0) return false;
  const auto frame = memory_.allocate(order_of(size));
  if (!frame) return false;
  for (uint64_t i = 0; i < frames_of(size); ++i) vm_.erase_page(*frame + i);
  map(page, *frame, size);
  return true;
}

PageSize GuestProcess::wanted_size(GuestVirtual address) const {
  return guest_page_size(config_.pages, config_.areas, address);
}

void GuestProcess::swap_in(GuestVirtual page) {
  const auto saved = swap_device_.find(page.page());
  std::optional<uint64_t> frame;
  if (level_.in_block(page.page())) {
    const uint64_t home = level_.block()->place(page.page());
    if (memory_.take({home, 1})) frame = home;
  }
  const bool home = frame.has_value();
  if (!frame) frame = memory_.allocate(0);
  while (!frame && memory_.reclaim()) frame = memory_.allocate(0);
  if (!frame) throw out_of_memory();
  vm_.load_page(*frame, saved->second);
  swap_device_.erase(saved);
  map(page, *frame, PageSize::k4K);
  if (home) level_.put_back(page.page());
  ledger_.charge(Operation::kSwapIn);
}

// ---- The primary region ------------------------------------------------------------------------

FrameRun GuestProcess::region_run() const {
  const VirtualRange& region = *config_.region;
  return {region.base.page(), (region.limit - region.base) >> shift(PageSize::k4K)};
}

uint64_t GuestProcess::region_pages() const {
  return config_.region ? region_run().count : 0;
}

bool GuestProcess::covers(const FrameRun& pages) const {
  const FrameRun& block = level_.block()->pages;
  return block.first <= pages.first && pages.end() <= block.end();
}

bool GuestProcess::is_scattered() const {
  return !has_block() || level_.is_scattered(region_run(), [this](uint64_t page) {
    return swap_device_.count(page) == 0;
  });
}

/// Free contiguous ones, as far from a large page's edge as the pages, so that large pages fit into
/// both.
std::optional<FrameRun> GuestProcess::find_frames(const FrameRun& pages, bool below_too) const {
  for (const PageSize size : {PageSize::k1G, PageSize::k2M, PageSize::k4K})
    if (const auto run = memory_.find_run(pages.count, frames_of(size),
                                          pages.first % frames_of(size), below_too))
      return run;
  return std::nullopt;
}

bool GuestProcess::reserve_block(bool below_too) {
  if (!config_.region) return false;
  if (!is_scattered()) return true;
  if (level_.block() && !has_block()) return false;
  const FrameRun pages = region_run();
  // What a VMM segment covers comes before how well large pages fit.
  auto run = find_frames(pages, false);
  if (!run && below_too) run = find_frames(pages, true);
  if (!run || !memory_.take(*run)) return false;
  dissolve_block();
  level_.set_block(Level::Block{pages, run->first});
  move_into_block(pages);
  return true;
}

/// What is in its place there stays, mapped by paging.
void GuestProcess::dissolve_block() {
  if (!level_.block()) return;
  level_.leave();
  const FrameRun pages = level_.block()->pages;
  for (uint64_t page = pages.first; page < pages.end(); ++page) {
    const auto address = address_of<GuestVirtual>(page);
    if (!level_.is_displaced(page) && !tables_.find(address)) map_in_block(address);
  }
  level_.set_block(std::nullopt);
}

/// Pages of the block that are mapped elsewhere move to their places, which are theirs.
void GuestProcess::move_into_block(const FrameRun& pages) {
  const auto& block = *level_.block();
  for (uint64_t i = 0; i < pages.count; ++i) vm_.erase_page(block.place(pages.first + i));
  for (uint64_t page = pages.first; page < pages.end();) {
    const GuestVirtual address = address_of<GuestVirtual>(page);
    if (swap_device_.count(page) != 0) {
      level_.displace(page);
      memory_.give({block.place(page), 1});
    }
    if (tables_.is_empty(address, PageSize::k2M)) {
      const uint64_t next = (page / frames_of(PageSize::k2M) + 1) * frames_of(PageSize::k2M);
      // Pages that are swapped out have no entry: they are found one by one.
      page = swap_device_.empty() ? std::min(next, pages.end()) : page + 1;
      continue;
    }
    tables_.split(address);
    if (const auto leaf = tables_.find(address); leaf && leaf->page.page() != block.place(page)) {
      vm_.copy_page(leaf->page.page(), block.place(page));
      tables_.unmap(address);
      memory_.give({leaf->page.page(), 1});
      stale_.push_back(address);
      mappings_changed_ = true;
    }
    ++page;
  }
}

bool GuestProcess::is_segment_whole() const {
  return config_.region && segment().enabled() && segment().base() == config_.region->base &&
         segment().limit() == config_.region->limit;
}

bool GuestProcess::grow_region(uint64_t bytes) {
  const GuestVirtual last = config_.region->limit - 1;
  if (last + bytes < last || !is_canonical(last + bytes, config_.paging.levels) ||
      last.value() >> 63 != (last + bytes).value() >> 63)
    return false;
  const FrameRun before = region_run();
  const uint64_t more = bytes >> shift(PageSize::k4K);
  const FrameRun grown{before.first, before.count + more};
  if (level_.block() && !covers(grown)) {
    const FrameRun block = level_.block()->pages;
    const FrameRun added{block.end(), grown.end() - block.end()};
    if (!memory_.take({level_.block()->place(added.first), added.count})) return false;
    level_.set_block(
        Level::Block{{block.first, grown.end() - block.first}, level_.block()->first_frame});
    move_into_block(added);
  }
  config_.region->limit = config_.region->limit + bytes;
  if (segment().enabled() && can_enter_segment()) enter_segment();
  return true;
}

bool GuestProcess::shrink_region(uint64_t bytes) {
  if (bytes >= config_.region->limit - config_.region->base) return false;
  config_.region->limit = config_.region->limit - bytes;
  if (segment().enabled() && can_enter_segment()) enter_segment();
  return true;
}

bool GuestProcess::insert_escape(uint64_t page) {
  if (level_.filter() == nullptr) return false;
  level_.request_escape(page);
  return true;
}

bool GuestProcess::clear_escapes() {
  if (level_.filter() == nullptr) return false;
  level_.clear_requests();
  return true;
}

// ---- Reclaim and huge pages --------------------------------------------------------------------

uint64_t GuestProcess::swap_out(uint64_t count) {
  LimitCounts& counts = ledger_.limited(LimitedOperation::kGuestSwapping);
  // What may go: pages of the block, in the segment or not, then all others that are mapped.
  std::vector<uint64_t> pages;
  if (level_.block())
    for (uint64_t i = 0; i < level_.block()->pages.count; ++i)
      pages.push_back(level_.block()->pages.first + i);
  tables_.for_each_leaf([&](GuestVirtual page, const auto& leaf) {
    for (uint64_t i = 0; i < frames_of(leaf.size); ++i)
      if (!level_.in_block(page.page() + i)) pages.push_back(page.page() + i);
  });
  const uint64_t swapped = swap_by_clock(
      std::move(pages), hand_, count, [this](uint64_t page) { return take_accessed(page); },
      [&](uint64_t page) {
        const auto address = address_of<GuestVirtual>(page);
        if (swap_device_.count(page) != 0 || !frame_of(address)) return SwapOutcome::kImpossible;
        if (!level_.open(page, config_.swapping, counts)) return SwapOutcome::kRefused;
        return swap_out_page(address) ? SwapOutcome::kDone : SwapOutcome::kImpossible;
      });
  counts.done += swapped;
  return swapped;
}

FrameRun GuestProcess::take_accessed(uint64_t page) {
  const auto address = address_of<GuestVirtual>(page);
  const auto leaf = tables_.find(address);
  if (!leaf || (leaf->word & kAccessed) == 0) return {};
  tables_.rewrite(*leaf, leaf->word & ~kAccessed);
  stale_.push_back(address);
  return {page & ~(frames_of(leaf->size) - 1), frames_of(leaf->size)};
}

bool GuestProcess::swap_out_page(GuestVirtual page) {
  const bool in_place = level_.in_block(page.page()) && !level_.is_displaced(page.page());
  tables_.split(page);
  const auto leaf = tables_.find(page);
  if (!leaf && !in_place) return false;
  const uint64_t frame = leaf ? leaf->page.page() : level_.block()->place(page.page());
  swap_device_[page.page()] = vm_.save_page(frame);
  tables_.unmap(page);
  memory_.give({frame, 1});
  if (level_.in_block(page.page())) level_.displace(page.page());
  stale_.push_back(page);
  mappings_changed_ = true;
  ledger_.charge(Operation::kSwapOut);
  return true;
}

uint64_t GuestProcess::collapse(uint64_t count) {
  std::map<GuestVirtual, uint64_t> pages;  // 4K pages of each 2M range
  tables_.for_each_leaf([&](GuestVirtual page, const auto& leaf) {
    if (leaf.size == PageSize::k4K && !level_.in_block(page.page()))
      ++pages[page.align_down(PageSize::k2M)];
  });
  uint64_t collapsed = 0;
  for (const auto& [range, present] : pages) {
    if (collapsed == count) break;
    if (present < config_.collapse_at || !is_declared(config_.areas, range, PageSize::k2M))
      continue;
    bool whole = true;
    for (uint64_t i = 0; i < frames_of(PageSize::k2M) && whole; ++i)
      whole = swap_device_.count(range.page() + i) == 0 && !level_.in_block(range.page() + i);
    if (!whole) continue;
    const auto frame = memory_.allocate(order_of(PageSize::k2M));
    if (!frame) break;
    collapse_range(range, *frame);
    ++collapsed;
  }
  return collapsed;
}

void GuestProcess::collapse_range(GuestVirtual range, uint64_t frame) {
  for (uint64_t i = 0; i < frames_of(PageSize::k2M); ++i) {
    const GuestVirtual page = range + i * kPageBytes;
    if (const auto leaf = tables_.find(page)) {
      vm_.copy_page(leaf->page.page(), frame + i);
      memory_.give({leaf->page.page(), 1});
      stale_.push_back(page);
    } else {
      vm_.erase_page(frame + i);
    }
  }
  map(range, frame, PageSize::k2M);
  mappings_changed_ = true;  // the VMM may not have mapped the new frames
}

bool GuestProcess::has_frames_in(const FrameRun& run) const {
  if (!level_.block()) return false;
  const FrameRun frames = level_.block()->frames();
  return frames.first < run.end() && run.first < frames.end();
}

bool GuestProcess::move_out_of(const FrameRun& run) {
  std::vector<GuestVirtual> inside;
  tables_.for_each_leaf([&](GuestVirtual page, const auto& leaf) {
    for (uint64_t i = 0; i < frames_of(leaf.size); ++i)
      if (run.contains(leaf.page.page() + i)) inside.push_back(page + i * kPageBytes);
  });
  std::vector<FrameRun> skipped;  // free frames of the run itself
  bool moved = true;
  for (const GuestVirtual page : inside) {
    auto to = memory_.allocate(0);
    while (to && run.contains(*to)) {
      skipped.push_back({*to, 1});
      to = memory_.allocate(0);
    }
    if (!to) {
      moved = false;
      break;
    }
    tables_.split(page);
    const auto leaf = tables_.find(page);
    vm_.copy_page(leaf->page.page(), *to);
    tables_.rewrite(*leaf, (leaf->word & ~kFrameMask) | address_of<GuestPhysical>(*to).value());
    memory_.give({leaf->page.page(), 1});
    stale_.push_back(page);
    mappings_changed_ = true;
  }
  for (const FrameRun& frame : skipped) memory_.give(frame);
  return moved;
}

}  // namespace nestwalk
