// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace nestwalk {

/// Adds `trace record`, `trace convert` and `trace info` (see commands.h).
void add_trace_command(CLI::App& app, std::function<int()>& action);

}  // namespace nestwalk
