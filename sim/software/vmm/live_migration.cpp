// SPDX-License-Identifier: Apache-2.0
#include "sim/software/vmm/live_migration.h"

#include <algorithm>
#include <utility>

#include "sim/software/frame_numbers.h"

namespace nestwalk {

LiveMigration::LiveMigration(VirtualMachine& vm, HostMemory& destination,
                             const LiveMigrationConfig& config, Ledger& ledger)
    : vm_(&vm), destination_(&destination), config_(config), ledger_(&ledger) {
  const FrameRun& slot = vm.main_slot();
  if (const auto run = destination.take_block(slot.count)) {
    block_ = VirtualMachine::Block{slot, run->first};
    destination.pin(*run);  // or another VM's compaction would take the frames for somebody else's
  }
  vm.begin_write_tracking();
  vm.for_each_backed([&](uint64_t frame) { pending_.push_back(frame); });
  std::reverse(pending_.begin(), pending_.end());
}

LiveMigration::State LiveMigration::step(uint64_t pages) {
  for (; pages != 0 && !pending_.empty(); --pages) {
    if (!copy(pending_.back())) return abandon();
    pending_.pop_back();
  }
  if (!pending_.empty()) return State::kGoesOn;
  ++report_.rounds;
  pending_ = vm_->harvest_writes();
  if (pending_.size() > config_.few_pages && report_.rounds < config_.most_rounds)
    return State::kGoesOn;
  return stop_and_move();
}

void LiveMigration::give_up_block() {
  if (!block_) return;
  const VirtualMachine::Block block = *std::exchange(block_, std::nullopt);
  for (uint64_t frame = block.pages.first; frame < block.pages.end(); ++frame) {
    if (places_.count(frame) != 0) continue;
    destination_->unpin({block.place(frame), 1});
    destination_->give({block.place(frame), 1});
  }
}

/// The VM stays where it is, and the destination has back what it has given.
LiveMigration::State LiveMigration::abandon() {
  give_up_block();
  for (const auto& [frame, host] : places_) {
    destination_->unpin({host, 1});
    destination_->give({host, 1});
  }
  places_.clear();
  vm_->end_write_tracking();
  return State::kAbandoned;
}

/// False where the destination has no room for it.
bool LiveMigration::copy(uint64_t frame) {
  if (!vm_->host_frame(frame)) return true;  // given up, or on the swap device, which stays
  const auto there = place(frame);
  if (!there) return false;
  destination_->contents().copy(*vm_->host_frame(frame), *there);
  ledger_->charge(Operation::kPageCopy);
  ++report_.pages;
  return true;
}

std::optional<uint64_t> LiveMigration::place(uint64_t frame) {
  const auto known = places_.find(frame);
  if (known != places_.end()) return known->second;
  uint64_t host;
  if (block_ && block_->pages.contains(frame)) {
    host = block_->place(frame);
  } else {
    // Rounds go through memory upwards: of a large page the first frame comes first.
    for (const PageSize size : {PageSize::k1G, PageSize::k2M})
      if (frame % frames_of(size) == 0 && place_large(frame, size)) return places_.at(frame);
    const auto taken = destination_->allocate(0);
    if (!taken) return std::nullopt;
    host = *taken;
    destination_->pin({host, 1});  // it has no owner yet who could be told that it moves
  }
  places_.emplace(frame, host);
  return host;
}

/// Takes contiguous frames for a large page that has some here, or for none of it.
bool LiveMigration::place_large(uint64_t first, PageSize size) {
  if (size > vm_->config().page || !vm_->is_contiguous(first, size)) return false;
  const FrameRun page{first, frames_of(size)};
  for (uint64_t frame = page.first; frame < page.end(); ++frame)
    if (places_.count(frame) != 0 || (block_ && block_->pages.contains(frame))) return false;
  const auto taken = destination_->allocate(order_of(size));
  if (!taken) return false;
  destination_->pin({*taken, page.count});
  for (uint64_t i = 0; i < page.count; ++i) places_.emplace(first + i, *taken + i);
  return true;
}

LiveMigration::State LiveMigration::stop_and_move() {
  const uint64_t before = report_.pages;
  bool fits = true;
  for (const uint64_t frame : pending_) fits = fits && copy(frame);
  vm_->for_each_backed([&](uint64_t frame) {
    if (places_.count(frame) == 0) fits = fits && copy(frame);  // backed since, and only read
  });
  if (!fits) return abandon();
  report_.stopped_pages = report_.pages - before;
  for (auto one = places_.begin(); one != places_.end();) {
    if (vm_->host_frame(one->first)) {
      ++one;
      continue;
    }
    if (!block_ || !block_->pages.contains(one->first)) {
      destination_->unpin({one->second, 1});
      destination_->give({one->second, 1});
    }
    one = places_.erase(one);
  }
  report_.identical = is_identical();
  for (const auto& [frame, host] : places_) destination_->unpin({host, 1});
  vm_->move_to(*destination_, places_, block_);
  return State::kMoved;
}

bool LiveMigration::is_identical() {
  bool identical = true;
  vm_->for_each_backed([&](uint64_t frame) {
    if (const auto here = vm_->host_frame(frame))
      identical = identical && places_.count(frame) != 0 &&
                  destination_->contents().same(*here, places_.at(frame));
  });
  return identical;
}

}  // namespace nestwalk
