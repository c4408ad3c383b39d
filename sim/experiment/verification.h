// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "sim/experiment/run.h"
#include "sim/report/verification.h"

namespace nestwalk {

/// What `nestwalk verify` does: the machine and stream of `run` in every mode.
struct VerificationSpec {
  RunSpec run;              ///< Its mode does not matter.
  double tolerance = 0.05;  ///< Largest relative error that holds.
  bool closed_form = true;  ///< Off: the closed forms are not tried; for many runs of one stream.
  size_t workers = 1;       ///< Runs at a time.
};

/// Runs it, each mode in a process of its own, with progress if standard error is a terminal.
/// Throws InputError, also for a stream that can be read only once or that changes the segments
/// while it runs; std::runtime_error if an interruption ended it early.
Verification verify(const VerificationSpec& spec);

}  // namespace nestwalk
