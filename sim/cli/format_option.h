// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "sim/cli/not_empty.h"
#include "sim/cli/parse_option.h"
#include "sim/stream/trace.h"

namespace nestwalk {

/// `--format F`, of the trace that a command reads.
inline CLI::Option* add_format_option(CLI::App& command, std::string& format) {
  return command
      .add_option("--format", format,
                  fmt::format("Format of the trace where its content leaves doubt: {}",
                              fmt::join(trace_format_names(), ", ")))
      ->type_name("F")
      ->check(not_empty());
}

/// Unset where the option was not given. Throws InputError.
inline std::optional<TraceFormat> parse_format(const std::string& format) {
  if (format.empty()) return std::nullopt;
  return parse_option("--format", format, parse_trace_format);
}

}  // namespace nestwalk
