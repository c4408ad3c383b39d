// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/config/config.h"
#include "sim/report/run_result.h"
#include "sim/stream/trace.h"

namespace nestwalk {

/// One simulation, as `nestwalk run` does it.
struct RunSpec {
  Config config;
  std::optional<TraceFormat> format;  ///< Of the trace; unset: known by content.
  bool ideal = false;                 ///< A second run with translation free finds ideal_cycles.
  bool quiet = false;  ///< Without progress: one of many runs, whose own it would hide.
};

/// Opens the stream of a configuration, its trace or its workload, past what it skips. A trace file
/// that does not know what is to be known of all of it is searched in a first pass, and the primary
/// region that it finds becomes the configuration's; unless `quiet`, a terminal shows how far the
/// pass is. Throws InputError.
std::unique_ptr<Stream> open_stream(Config& config, std::optional<TraceFormat> format,
                                    bool quiet = true);

/// Opens the streams that a configuration has run beside that one, in their order, each with a seed
/// of its own. Throws InputError.
std::vector<std::unique_ptr<Stream>> open_beside(const Config& config);
/// What owns them lends them to a Machine.
std::vector<Stream*> lend(const std::vector<std::unique_ptr<Stream>>& streams);

/// Data references that a run will do, warm-up included, if that is known beforehand. Throws
/// InputError if it is known, too, that the warm-up is longer than the stream.
std::optional<uint64_t> expected_references(const Config& config, const Stream& stream,
                                            const std::vector<Stream*>& beside = {});

/// Throws InputError if a run that did so many data references, all that there were, did not get
/// past its warm-up.
void require_past_warmup(const Config& config, uint64_t references);

/// Runs it, with progress if standard error is a terminal. An interruption ends the run early; what
/// was run until then is the result, which says so. Throws InputError.
RunResult run(const RunSpec& spec);

}  // namespace nestwalk
