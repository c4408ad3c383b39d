// SPDX-License-Identifier: Apache-2.0
#include "sim/software/managed_vm.h"

#include <algorithm>
#include <string>

#include "sim/config/words.h"
#include "sim/io/units.h"
#include "sim/software/guest/io_gap.h"
#include "sim/software/swap_clock.h"

namespace nestwalk {
namespace {

constexpr int kMostStuckCompactions = 3;
constexpr char kNoFreeGuestMemory[] = "self-ballooning: the guest has not enough free memory";

std::string size_text(uint64_t pages) {
  return format_size(pages << shift(PageSize::k4K));
}

FrameRun pages_of(const VmmSegment& segment) {
  return {segment.base().page(), segment.limit().page() - segment.base().page()};
}

}  // namespace

ManagedVm::ManagedVm(Vpid vpid, const VirtualMachineConfig& vm, const GuestProcessConfig& process,
                     const FragmentationConfig& fragmentation, uint64_t seed,
                     const ModePolicyConfig& policy, HostMemory& host, Ledger& ledger,
                     Compaction::FindVm find_vm)
    : vpid_(vpid),
      process_config_(process),
      policy_(policy),
      ledger_(ledger),
      find_vm_(std::move(find_vm)),
      vm_(vpid, vm, host, ledger),
      memory_(vm_.slots(), vm.most_frames, fragmentation, seed) {
  memory_.set_reclaim([this] { return give_up_ballooning(); });
  run_process(0, Pcid{0});
}

void ManagedVm::run_process(uint64_t name, Pcid pcid) {
  const auto known = processes_.find(name);
  if (known != processes_.end()) {
    process_ = &known->second;
    process_->set_pcid(pcid);
    note_mode();
    return;
  }
  process_ =
      &processes_.try_emplace(name, pcid, process_config_, memory_, vm_, ledger_).first->second;
  try_guest_block_ = true;
  settle_mode();
}

// ---- The mode policy ---------------------------------------------------------------------------

bool ManagedVm::is_vmm_on() const {
  return vm_.segment().enabled() && vm_.segment().limit().page() == vm_.main_slot().end();
}

bool ManagedVm::wants_guest_segment() const {
  return has_guest_segment(policy_.wanted) && policy_.guest_direct_segments &&
         process_->region().has_value();
}

bool ManagedVm::wants_vmm_segment() const {
  return has_vmm_segment(policy_.wanted) && policy_.vmm_direct_segments;
}

/// Unplugging memory is a change of the guest OS too.
bool ManagedVm::may_reclaim_gap() const {
  return policy_.guest_direct_segments && try_gap_ && reclaimable_below_gap(vm_).count != 0;
}

ModeSituation ManagedVm::situation() const {
  ModeSituation now;
  now.wants_guest = wants_guest_segment();
  now.wants_vmm = wants_vmm_segment() && !migration_.has_value();
  now.guest_on = process_->is_segment_whole();
  now.vmm_on = is_vmm_on();
  const bool guest_scattered = process_->is_scattered();
  now.guest_ready = guest_scattered ? try_guest_block_ : process_->can_enter_segment();
  // A block has a frame for each page, those in the balloon too: it would deflate it.
  const bool may_make_block = !memory_.has_ballooned();
  now.vmm_ready =
      vm_.has_whole_block() ? vm_.can_enter_segment() : try_vmm_block_ && may_make_block;
  const bool host_scattered = !vm_.has_whole_block() || vm_.is_scattered();
  // A VMM segment covers nothing below it.
  now.can_reclaim_gap = (guest_scattered || now.wants_vmm) && may_reclaim_gap();
  now.can_self_balloon = guest_scattered && policy_.self_ballooning && try_balloon_;
  now.can_compact = host_scattered && policy_.compaction && try_compaction_ && may_make_block;
  return now;
}

/// Takes the steps that need no work in slices.
void ManagedVm::settle_mode() {
  for (ModeStep step = next_step(situation());
       step == ModeStep::kEnterGuestSegment || step == ModeStep::kEnterVmmSegment;
       step = next_step(situation()))
    take_step(step);
  note_mode();
}

bool ManagedVm::has_work() const {
  // Asked often: of the situation, which looks at all that is displaced, only what it needs.
  if (ballooning_ || compaction_ || migration_) return true;
  if (wants_guest_segment() && !process_->is_segment_whole()) return true;
  return wants_vmm_segment() && (!is_vmm_on() || may_reclaim_gap());
}

void ManagedVm::work() {
  if (migration_) advance_migration();
  if (ballooning_)
    advance_ballooning();
  else if (compaction_)
    advance_compaction();
  settle_mode();
  while (!ballooning_ && !compaction_ && take_step(next_step(situation()))) settle_mode();
  note_mode();
}

bool ManagedVm::take_step(ModeStep step) {
  switch (step) {
    case ModeStep::kEnterGuestSegment:
      // A block below the gap would lie outside the VMM segment, and keep the gap as it is.
      try_guest_block_ = !process_->is_scattered() ||
                         process_->reserve_block(!(wants_vmm_segment() && may_reclaim_gap()));
      if (process_->can_enter_segment()) process_->enter_segment();
      return true;
    case ModeStep::kEnterVmmSegment:
      try_vmm_block_ = vm_.has_whole_block() || vm_.reserve_block();
      if (!vm_.can_enter_segment()) return true;
      vm_.enter_segment();
      if (compaction_) note("compaction is given up: there was a block elsewhere");
      compaction_.reset();
      return true;
    case ModeStep::kReclaimIoGap: {
      const FrameRun below = reclaimable_below_gap(vm_);
      std::vector<GuestProcess*> processes;
      for (auto& [name, process] : processes_) processes.push_back(&process);
      const bool moved = reclaim_io_gap(vm_, memory_, processes, ledger_);
      note(moved ? "I/O gap: " + size_text(below.count) + " moved from below it to above it"
                 : "I/O gap: the memory below it cannot be moved");
      try_gap_ = moved;
      try_guest_block_ = true;  // anywhere, if it did not
      if (moved) look_again();
      return true;
    }
    case ModeStep::kSelfBalloon:
      note("self-ballooning begins: " + size_text(process_->region_pages()));
      ballooning_.emplace(process_->region_pages(), memory_, vm_, ledger_);
      return true;
    case ModeStep::kCompact:
      compaction_ = Compaction::plan(vm_, ledger_, find_vm_);
      note(compaction_ ? "compaction begins: " + size_text(compaction_->window().count)
                       : "compaction: host memory cannot be made contiguous");
      try_compaction_ = compaction_.has_value();
      return true;
    case ModeStep::kNone:
      return false;
  }
  return false;
}

/// Memory has changed: what was in vain may not be any more.
void ManagedVm::look_again() {
  try_guest_block_ = true;
  try_vmm_block_ = true;
  try_balloon_ = true;
  try_compaction_ = true;
  stuck_compactions_ = 0;
}

void ManagedVm::advance_ballooning() {
  const auto progress = ballooning_->step(policy_.balloon_slice);
  if (progress == SelfBallooning::Progress::kGoesOn) return;
  if (progress == SelfBallooning::Progress::kNoFreeMemory)
    return end_ballooning(kNoFreeGuestMemory);
  if (progress == SelfBallooning::Progress::kNoAddresses)
    return end_ballooning("self-ballooning: no guest-physical addresses are left to add memory at");
  end_ballooning("self-ballooning done: contiguous guest memory was added");
  look_again();
}

void ManagedVm::end_ballooning(const std::string& what) {
  note(what);
  try_balloon_ = false;
  ballooning_.reset();
}

/// The guest needs the pages that are pinned.
bool ManagedVm::give_up_ballooning() {
  if (!ballooning_ || ballooning_->give_up() == 0) return false;
  end_ballooning(kNoFreeGuestMemory);
  return true;
}

void ManagedVm::advance_compaction() {
  const auto progress = compaction_->step(policy_.compaction_slice);
  if (progress == Compaction::Progress::kGoesOn) return;
  const bool done = progress == Compaction::Progress::kDone;
  note(done ? "compaction done" : "compaction: the window has become unusable");
  compaction_.reset();
  try_vmm_block_ = done;
  if (!done) try_compaction_ = ++stuck_compactions_ < kMostStuckCompactions;
}

void ManagedVm::note(const std::string& what) {
  ledger_.note("VM " + std::to_string(static_cast<int>(vpid_)) + ": " + what);
}

void ManagedVm::note_mode() {
  if (noted_mode_ == mode()) return;
  noted_mode_ = mode();
  note("mode " + std::string(to_string(mode())));
}

// ---- Requests ----------------------------------------------------------------------------------

uint64_t ManagedVm::balloon(uint64_t pages) {
  LimitCounts& counts = ledger_.limited(LimitedOperation::kBallooning);
  const VmmSegment& segment = vm_.segment();
  const std::vector<uint64_t> taken = segment.enabled()
                                          ? memory_.take_scattered(pages, pages_of(segment))
                                          : memory_.take_scattered(pages);
  std::vector<uint64_t> refused;
  std::vector<uint64_t> given;
  for (const uint64_t frame : taken) {
    const bool free = vm_.open(frame, LimitedOperation::kBallooning);
    if (free) vm_.release(frame);
    (free ? given : refused).push_back(frame);
  }
  memory_.give_all(refused);
  memory_.inflate(given);
  if (!given.empty()) give_up_blocks();
  ledger_.charge(Operation::kBalloonPage, taken.size() + refused.size());
  counts.done += given.size();
  note("balloon: " + size_text(given.size()) + " of " + size_text(pages));
  note_mode();
  return given.size();
}

/// That are being made: they would back what is in the balloon.
void ManagedVm::give_up_blocks() {
  if (compaction_) note("compaction is given up: a balloon is inflated");
  compaction_.reset();
  if (migration_) migration_->give_up_block();
}

uint64_t ManagedVm::deflate(uint64_t pages) {
  const std::vector<uint64_t> frames = memory_.deflate(pages);
  ledger_.charge(Operation::kBalloonPage, frames.size());
  vm_.restore(frames);
  note("balloon deflated by " + size_text(frames.size()));
  look_again();
  return frames.size();
}

uint64_t ManagedVm::swap_out(uint64_t pages) {
  LimitCounts& counts = ledger_.limited(LimitedOperation::kVmmSwapping);
  std::vector<uint64_t> frames;
  vm_.for_each_backed([&](uint64_t frame) {
    if (!vm_.is_swapped(frame) && !vm_.is_shared(frame)) frames.push_back(frame);
  });
  const uint64_t swapped = swap_by_clock(
      std::move(frames), hand_, pages, [this](uint64_t frame) { return vm_.take_accessed(frame); },
      [this](uint64_t frame) {
        if (!vm_.open(frame, LimitedOperation::kVmmSwapping)) return SwapOutcome::kRefused;
        return vm_.swap_out(frame) ? SwapOutcome::kDone : SwapOutcome::kImpossible;
      });
  counts.done += swapped;
  note("VMM swapping: " + size_text(swapped) + " of " + size_text(pages));
  note_mode();
  return swapped;
}

uint64_t ManagedVm::guest_swap_out(uint64_t pages) {
  const uint64_t swapped = process_->swap_out(pages);
  note("guest swapping: " + size_text(swapped) + " of " + size_text(pages));
  note_mode();
  return swapped;
}

bool ManagedVm::begin_migration(HostMemory& destination, const LiveMigrationConfig& config,
                                uint64_t slice) {
  LimitCounts& counts = ledger_.limited(LimitedOperation::kLiveMigration);
  if (migration_) {
    note("live migration: the one before goes on");
    return false;
  }
  if (vm_.segment().enabled()) {
    if (vm_.config().limits[static_cast<size_t>(LimitedOperation::kLiveMigration)] !=
        LimitAction::kLeave) {
      ++counts.refused;
      note("live migration refused: a VMM segment is on");
      return false;
    }
    vm_.leave_segment();
    ++counts.left;
  }
  compaction_.reset();  // of a host that the VM leaves
  migration_.emplace(vm_, destination, config, ledger_);
  // Without a VMM segment memory is backed as it is touched.
  if (memory_.has_ballooned() || !wants_vmm_segment()) migration_->give_up_block();
  migration_slice_ = slice;
  note("live migration begins");
  note_mode();
  return true;
}

void ManagedVm::advance_migration() {
  const LiveMigration::State state = migration_->step(migration_slice_);
  if (state == LiveMigration::State::kGoesOn) return;
  const LiveMigrationReport& report = migration_->report();
  if (state == LiveMigration::State::kAbandoned) {
    note("live migration abandoned: the other host's memory is full after " +
         std::to_string(report.pages) + " pages");
    ++ledger_.limited(LimitedOperation::kLiveMigration).refused;
    migration_.reset();
    look_again();
    return;
  }
  migrations_.push_back(report);
  note("live migration done: " + std::to_string(report.rounds) + " rounds, " +
       std::to_string(report.pages) + " pages, " + std::to_string(report.stopped_pages) +
       " of them stopped; memories " + (report.identical ? "identical" : "DIFFER"));
  ++ledger_.limited(LimitedOperation::kLiveMigration).done;
  migration_.reset();
  look_again();
}

bool ManagedVm::grow_region(uint64_t bytes) {
  const bool grown = process_->region() && process_->grow_region(bytes);
  note(grown ? "primary region grown" : "primary region cannot grow there");
  return grown;
}

bool ManagedVm::shrink_region(uint64_t bytes) {
  const bool shrunk = process_->region() && process_->shrink_region(bytes);
  note(shrunk ? "primary region shrunk" : "primary region cannot shrink so far");
  return shrunk;
}

}  // namespace nestwalk
