// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "sim/config/load.h"
#include "sim/experiment/run.h"

namespace nestwalk {

/// Adds [CONFIG.toml], --preset and --set.
void add_machine_options(CLI::App& command, ConfigRequest& request);

/// Adds the options that choose what runs: stream, mode, pages, timing and their like, and the
/// format of a trace.
void add_stream_options(CLI::App& command, ConfigRequest& request, std::string& format);

/// The run that a configuration asks for; `format` empty: known by content. Throws InputError if it
/// names no stream.
RunSpec run_spec(const Config& config, const std::string& format);

/// Asked before a long run: throws InputError if `output` cannot be written, or would replace what
/// the run reads. Empty: nothing is written.
void require_output(const std::string& output, const ConfigRequest& request, const Config& config);

}  // namespace nestwalk
