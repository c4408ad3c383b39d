// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "sim/software/vmm/virtual_machine.h"

namespace nestwalk {

/// Makes a contiguous block of host memory for a VM while it runs (spec 3): clears a window of
/// frames by moving away what is in it, and moves the VM's pages to their places, slice by slice.
class Compaction {
 public:
  using FindVm = std::function<VirtualMachine&(Vpid)>;
  enum class Progress : uint8_t { kGoesOn, kDone, kStuck };

  /// Chooses the window; unset: host memory cannot be made contiguous. In a whole block that the VM
  /// has, others give places back; a shorter one is made longer. Where that is not possible the
  /// block is given up for another. All references must outlive this.
  static std::optional<Compaction> plan(VirtualMachine& vm, Ledger& ledger, FindVm find_vm);

  /// Deals with up to `frames` frames of the window. kDone: it is the VM's block. kStuck: something
  /// in the window has become immovable, or no frame is free; plan again.
  Progress step(uint64_t frames);

  const FrameRun& window() const { return window_; }

 private:
  Compaction(VirtualMachine& vm, Ledger& ledger, FindVm find_vm, const FrameRun& window,
             uint64_t in_place);

  bool is_settled(uint64_t frame, uint64_t place) const;
  bool settle(uint64_t frame, uint64_t place);
  bool clear(uint64_t place);

  VirtualMachine* vm_;
  Ledger* ledger_;
  FindVm find_vm_;
  FrameRun guest_;
  FrameRun window_;
  uint64_t in_place_;  ///< Frames at its start that are the VM's block already.
  uint64_t done_;
};

}  // namespace nestwalk
