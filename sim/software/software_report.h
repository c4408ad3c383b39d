// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/software/allocator/free_runs.h"
#include "sim/software/ledger.h"
#include "sim/software/vmm/live_migration.h"

namespace nestwalk {

/// What a managed software side did in a run, and what is left at its end.
struct SoftwareReport {
  Ledger ledger;
  std::vector<LiveMigrationReport> migrations;
  uint64_t requests_left = 0;    ///< Of the schedule, for references that did not come.
  FreeRunStatistics host_free;   ///< Of the host that the running VM is on.
  FreeRunStatistics guest_free;  ///< Of the running VM.
};

}  // namespace nestwalk
