// SPDX-License-Identifier: Apache-2.0
#include "sim/software/vmm/compaction.h"

#include <utility>

namespace nestwalk {
namespace {

/// Whether the places of pages that are not in the VM's block can be cleared.
bool can_be_mended(VirtualMachine& vm) {
  const FrameRun& slot = vm.main_slot();
  for (uint64_t frame = slot.first; frame < slot.end(); ++frame)
    if (vm.is_astray(frame) && vm.host().is_immovable(vm.block()->place(frame))) return false;
  return vm.frames_lacking(slot) < vm.host().memory().free_frames();
}

}  // namespace

std::optional<Compaction> Compaction::plan(VirtualMachine& vm, Ledger& ledger, FindVm find_vm) {
  if (vm.has_whole_block() && can_be_mended(vm))
    return Compaction(vm, ledger, std::move(find_vm), vm.block()->frames(), 0);
  std::optional<uint64_t> first;
  uint64_t in_place = 0;
  if (const auto& block = vm.block();
      block && !vm.has_whole_block() && block->pages.first == vm.main_slot().first) {
    first = block->first_frame;
    in_place = block->pages.count;
  }
  const auto window =
      vm.host().find_window(vm.main_slot().count, first, in_place,
                            vm.frames_lacking(vm.main_slot()), vm.config().most_retired);
  if (!window) return std::nullopt;
  if (first != window->first) {
    in_place = 0;
    vm.dissolve_block();
  }
  return Compaction(vm, ledger, std::move(find_vm), *window, in_place);
}

Compaction::Compaction(VirtualMachine& vm, Ledger& ledger, FindVm find_vm, const FrameRun& window,
                       uint64_t in_place)
    : vm_(&vm),
      ledger_(&ledger),
      find_vm_(std::move(find_vm)),
      guest_(vm.main_slot()),
      window_(window),
      in_place_(in_place),
      done_(in_place) {}

Compaction::Progress Compaction::step(uint64_t frames) {
  if (!(vm_->main_slot() == guest_)) return Progress::kStuck;
  if (vm_->has_whole_block() && !(vm_->block()->frames() == window_)) return Progress::kStuck;
  for (; frames != 0 && done_ < guest_.count; --frames, ++done_)
    if (!settle(guest_.first + done_, window_.first + done_)) return Progress::kStuck;
  if (vm_->has_whole_block() && !vm_->is_scattered()) return Progress::kDone;
  if (done_ < guest_.count) return Progress::kGoesOn;
  // Meanwhile pages may have been swapped out, or moved by the compaction of another VM.
  done_ = in_place_;
  while (done_ < guest_.count && is_settled(guest_.first + done_, window_.first + done_)) ++done_;
  if (done_ < guest_.count) return Progress::kGoesOn;
  vm_->adopt_block({guest_, window_.first}, {guest_.first + in_place_, guest_.count - in_place_});
  return Progress::kDone;
}

bool Compaction::is_settled(uint64_t frame, uint64_t place) const {
  if (vm_->has_whole_block()) return !vm_->is_astray(frame);
  if (vm_->host().is_retired(place)) return vm_->escapes(frame) && vm_->host_frame(frame);
  return vm_->host_frame(frame) == place && !vm_->is_shared(frame);
}

/// Brings a page of the VM to its place.
bool Compaction::settle(uint64_t frame, uint64_t place) {
  HostMemory& host = vm_->host();
  if (is_settled(frame, place)) return true;
  if (host.is_retired(place)) {
    if (!vm_->host_frame(frame) && host.memory().free_frames() == 0) return false;
    vm_->back(frame);
    vm_->insert_escape(frame);
    return true;
  }
  if (!host.memory().is_free(place) && !clear(place)) return false;
  host.take({place, 1});
  if (vm_->host_frame(frame))
    vm_->relocate(frame, place);
  else
    vm_->set_backing(frame, place);
  return true;
}

/// Moves away what is in a frame.
bool Compaction::clear(uint64_t place) {
  HostMemory& host = vm_->host();
  if (host.is_immovable(place)) return false;
  const auto elsewhere = host.allocate_outside(window_);
  if (!elsewhere) return false;
  if (const auto owner = host.owner(place)) {
    find_vm_(owner->vpid).relocate(owner->frame, *elsewhere);
    return true;
  }
  ledger_->charge(Operation::kPageCopy);  // somebody else's page
  host.give({place, 1});
  return true;
}

}  // namespace nestwalk
