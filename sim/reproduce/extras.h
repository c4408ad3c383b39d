// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/reproduce/experiment.h"
#include "sim/reproduce/paper.h"

namespace nestwalk {

// What the paper's readers missed, and what its conclusions hang on.

/// 2M and 1G pages under big-memory workloads in every mode, THP under compute workloads.
std::unique_ptr<Experiment> large_pages(const RunLength& length);
/// What changing the mode at run time costs the MMU.
std::unique_ptr<Experiment> mode_changes(const RunLength& length);
/// Switches of process and VM with tagged entries, against flushes.
std::unique_ptr<Experiment> tagged_tlbs(const RunLength& length);
/// How far each conclusion moves with each parameter that was remembered, not seen in print.
std::unique_ptr<Experiment> sensitivity(const RunLength& length);
/// Where in the design space the linear model holds within 5 %.
std::unique_ptr<Experiment> model_region(const RunLength& length);

}  // namespace nestwalk
