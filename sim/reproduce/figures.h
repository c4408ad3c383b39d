// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/reproduce/experiment.h"
#include "sim/reproduce/paper.h"

namespace nestwalk {

// The paper's figures of its evaluation, from our runs.

/// Figure 1: virtual memory's overhead for selected workloads and configurations.
std::unique_ptr<Experiment> figure_1(const RunLength& length);
/// Figure 11: the overhead of every configuration, big-memory workloads.
std::unique_ptr<Experiment> figure_11(const RunLength& length);
/// Figure 12: the same of compute workloads.
std::unique_ptr<Experiment> figure_12(const RunLength& length);
/// Figure 13: what the escape filter costs with 1 to 16 bad pages.
std::unique_ptr<Experiment> figure_13(const RunLength& length);

/// The largest slow-down by the filter that figure 13's runs found, over all workloads, numbers and
/// sets of bad pages; a share of the execution time without bad pages.
double largest_filter_cost(const Campaign& campaign, Mode mode);

}  // namespace nestwalk
