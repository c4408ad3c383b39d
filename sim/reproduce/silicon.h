// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/reproduce/experiment.h"
#include "sim/reproduce/paper.h"

namespace nestwalk {

/// The measured latency surface of the paper's microarchitecture
/// (sim/reproduce/measured_latencies.h) beside the model's, cell by cell. `length` scales
/// the runs.
std::unique_ptr<Experiment> silicon_experiment(const RunLength& length);

}  // namespace nestwalk
