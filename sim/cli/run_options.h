// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "sim/config/load.h"

namespace nestwalk {

/// Adds [CONFIG.toml], --preset and --set.
void add_machine_options(CLI::App& command, ConfigRequest& request);

/// Adds the options that choose what runs: stream, mode, pages, timing and their like.
void add_stream_options(CLI::App& command, ConfigRequest& request);

}  // namespace nestwalk
