// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "sim/sweep/points.h"
#include "sim/sweep/results.h"
#include "sim/sweep/sweep_progress.h"

namespace nestwalk {

/// How a sweep is submitted to Slurm; what is empty is left to the cluster's defaults.
struct ClusterOptions {
  size_t tasks = 100;     ///< Of the job array, at most; a task runs a part of the points.
  size_t workers = 1;     ///< Processors of a task.
  std::string time;       ///< As for sbatch --time.
  std::string memory;     ///< As for sbatch --mem.
  std::string partition;  ///< As for sbatch --partition.
};

/// Throws InputError where Slurm's commands are missing: asked before anything is written.
void require_cluster();

/// Runs the pending points of `results` as a Slurm job array. Each task sweeps a shard of its own,
/// a database next to `output`, in OUTPUT.shards; it is merged when its task is through. What a
/// lost task had finished is merged too; its other points stay pending. Where a job of an earlier
/// call still runs, that is waited for. `interrupted` ends the waiting, not the job. Throws
/// InputError if sbatch refuses, std::runtime_error if Slurm fails.
void run_on_cluster(const std::string& specification_path, const Specification& specification,
                    const PointSet& set, Results& results, const std::string& output,
                    const ClusterOptions& options, const std::atomic<bool>& interrupted,
                    SweepProgress& progress);

}  // namespace nestwalk
