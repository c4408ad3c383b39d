// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/sim/software/managed_machine.h"

namespace nestwalk::test {

/// A VM with a region of 4 MiB and a request in its schedule; modes are left for what they limit.
class Operations : public SystemCTest {
 protected:
  static ManagedSoftwareSetup setup(Mode mode, const std::string& request) {
    ManagedSoftwareSetup made = managed_setup(mode);
    made.primary_region = range(kManagedRegion, 4 * kMiB);
    made.ranges = {*made.primary_region};
    made.managed.guest_memory = 16 * kMiB;
    made.managed.host_memory = 64 * kMiB;
    made.managed.limits.fill(LimitAction::kLeave);
    made.managed.schedule = {request};
    return made;
  }
};

}  // namespace nestwalk::test
