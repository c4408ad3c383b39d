// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "sim/io/byte_sink.h"
#include "sim/stream/nwt/nwt_writer.h"
#include "sim/stream/stream_summary.h"
#include "sim/stream/trace.h"

namespace nestwalk {

/// Writes a stream in one of the formats that traces are written in.
class TraceWriter {
 public:
  virtual ~TraceWriter() = default;
  virtual void write(const Reference* elements, size_t count) = 0;
  /// Writes what is left; a file appears under its name. Returns what was written.
  virtual StreamSummary finish() = 0;
  /// Bytes written so far, before a compression that the path's suffix names.
  virtual uint64_t bytes() const = 0;
};

/// Creates a trace of `format` (kNwt or kText; InputError for others) at `path`, `-` for standard
/// output, compressed if it ends in .gz, .xz or .zst. `level` is of .nwt.
std::unique_ptr<TraceWriter> create_trace(const std::string& path, TraceFormat format,
                                          int level = kDefaultNwtLevel);

/// The format that a file's name asks for: text for .txt, whatever its compression, else .nwt.
TraceFormat format_of_name(const std::string& name);

}  // namespace nestwalk
