// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/stream/stream.h"

namespace nestwalk {

/// Layouts of traces that are read (doc/traces.md).
enum class TraceFormat : uint8_t {
  kNwt,           ///< Nestwalk's own.
  kText,          ///< `R|W address [size]` lines.
  kLackey,        ///< valgrind --tool=lackey --trace-mem=yes.
  kChampsim,      ///< input_instr, 64-byte records.
  kCloudsuite,    ///< cloudsuite_instr, 96-byte records.
  kMemtrace,      ///< DynamoRIO drmemtrace, 12-byte records.
  kMemtraceView,  ///< The text of DynamoRIO's view tool.
};

/// Name as users write it: `memtrace-view`.
std::string_view to_string(TraceFormat format);
/// Of all formats.
std::vector<std::string_view> trace_format_names();
/// Throws InputError with the names there are.
TraceFormat parse_trace_format(std::string_view text);

struct TraceOptions {
  std::optional<TraceFormat> format;  ///< Unset: known by content.
  bool fetch = false;                 ///< Yield instruction fetches too, else only count them.
  /// Told what the user should know of the trace; unset: a line on standard error.
  std::function<void(const std::string&)> warn;
};

/// Told how many references a pass over all of a trace has read so far.
using OnRead = std::function<void(uint64_t)>;

/// An opened trace.
struct Trace {
  std::unique_ptr<Stream> stream;
  TraceFormat format;
};

/// Opens a trace, plain or compressed with gzip, xz or zstd; `-` is standard input. Memory does not
/// grow with the length of the trace. Throws InputError.
Trace identify_and_open_trace(const std::string& path, const TraceOptions& options = {});
std::unique_ptr<Stream> open_trace(const std::string& path, const TraceOptions& options = {});

}  // namespace nestwalk
