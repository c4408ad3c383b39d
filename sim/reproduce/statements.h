// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/reproduce/experiment.h"
#include "sim/reproduce/paper.h"

namespace nestwalk {

/// What the paper states of its evaluation (spec 5), each statement beside what our runs find, with
/// a verdict: agrees, differs, not comparable.
std::unique_ptr<Experiment> published_statements(const RunLength& length);

}  // namespace nestwalk
