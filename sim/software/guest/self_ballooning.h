// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/software/guest/guest_memory.h"
#include "sim/software/ledger.h"
#include "sim/software/vmm/virtual_machine.h"

namespace nestwalk {

/// Makes contiguous guest memory out of scattered free frames (spec 3). Step 1: the balloon driver
/// pins free frames, slice by slice. Step 2: the VMM takes them back and hot-adds as much memory at
/// the end of the guest's.
///
/// The host frames of pinned pages are free again, except inside a block that a VMM segment needs:
/// there they stay where they are, unused.
class SelfBallooning {
 public:
  enum class Progress : uint8_t { kGoesOn, kDone, kNoFreeMemory, kNoAddresses };

  SelfBallooning(uint64_t pages, GuestMemory& memory, VirtualMachine& vm, Ledger& ledger)
      : pages_(pages), memory_(memory), vm_(vm), ledger_(ledger) {}

  /// Pins up to `pages` more. kDone: the memory is there. kNoFreeMemory: the guest has not enough;
  /// kNoAddresses: gPAs have run out; what was pinned is let go.
  Progress step(uint64_t pages);
  /// Lets go what was pinned; returns how many pages.
  uint64_t give_up();

 private:
  uint64_t pages_;
  GuestMemory& memory_;
  VirtualMachine& vm_;
  Ledger& ledger_;
  std::vector<uint64_t> pinned_;
};

}  // namespace nestwalk
