// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/reproduce/experiment.h"
#include "sim/reproduce/paper.h"

namespace nestwalk {

/// Tables I to IV: what walks cost by mode and page size under the preset closed-form, and the
/// linear model against cycle-level runs of all workloads.
std::unique_ptr<Experiment> paper_tables(const RunLength& length);

/// `nestwalk verify` without its closed forms, as a cell; the result is its JSON.
Cell verification_cell(const std::string& name, const Config& config);

}  // namespace nestwalk
