// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>

#include "sim/sweep/points.h"
#include "sim/sweep/results.h"
#include "sim/sweep/sweep_progress.h"

namespace nestwalk {

/// Runs the pending points of `results` in `workers` processes at a time, each point in one of its
/// own, handed out as workers become free. Points of one stream follow each other and share it
/// decoded. Ends early, the rest pending, once `interrupted`. Throws std::runtime_error where the
/// database or the system fails.
void run_points(const Specification& specification, const PointSet& set, Results& results,
                size_t workers, const std::atomic<bool>& interrupted, SweepProgress& progress);

/// Throws InputError if a stream of the sweep cannot be opened: asked before a long run.
void require_streams(const Specification& specification, const PointSet& set);

}  // namespace nestwalk
