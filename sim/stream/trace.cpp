// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/trace.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <utility>

#include "sim/io/input_error.h"
#include "sim/stream/bytes/byte_buffer.h"
#include "sim/stream/bytes/decompress.h"
#include "sim/stream/nwt/nwt_reader.h"
#include "sim/stream/readers/detect.h"
#include "sim/stream/readers/readers.h"

namespace nestwalk {
namespace {

struct NamedFormat {
  TraceFormat format;
  std::string_view name;
};
constexpr std::array<NamedFormat, 7> kFormats{{
    {TraceFormat::kNwt, "nwt"},
    {TraceFormat::kText, "text"},
    {TraceFormat::kLackey, "lackey"},
    {TraceFormat::kChampsim, "champsim"},
    {TraceFormat::kCloudsuite, "cloudsuite"},
    {TraceFormat::kMemtrace, "memtrace"},
    {TraceFormat::kMemtraceView, "memtrace-view"},
}};

constexpr char kKnown[] =
    "known are Nestwalk's .nwt, \"R|W address [size]\" text, valgrind lackey text, ChampSim "
    "records (64 bytes; cloudsuite 96), DynamoRIO memtrace (12-byte entries) and the text of its "
    "view tool, each plain or compressed with gzip, xz or zstd";

constexpr char kLackeyWarning[] =
    "lackey traces hold accesses that the program never made: valgrind passes register operands of "
    "some instructions (bt, for one) through memory; `nestwalk trace record` gives exact ones";

/// Whether it is of the format that is named, which has no header: an instruction pointer may look
/// like a compression's magic number.
bool is_named_champsim(ByteBuffer& input, const TraceOptions& options) {
  const bool cloudsuite = options.format == TraceFormat::kCloudsuite;
  if (!cloudsuite && options.format != TraceFormat::kChampsim) return false;
  input.fill(kDetectionBytes);
  return is_champsim(input.view(), cloudsuite);
}

TraceFormat identify(ByteBuffer& input, const TraceOptions& options) {
  input.fill(kDetectionBytes);
  if (input.view().empty()) throw InputError(input.name(), "is empty; a trace has references");
  if (options.format) return *options.format;
  if (const auto format = detect_format(input.view(), input.name())) return *format;
  throw InputError(input.name(), fmt::format("is no trace of a known format; {}; --format names "
                                             "one where the content leaves doubt",
                                             kKnown));
}

void warn(const TraceOptions& options, const std::string& text) {
  if (options.warn) {
    options.warn(text);
  } else {
    fmt::print(stderr, "nestwalk: {}\n", text);
  }
}

std::unique_ptr<Stream> open_as(TraceFormat format, std::unique_ptr<ByteBuffer> input,
                                const TraceOptions& options) {
  switch (format) {
    case TraceFormat::kNwt:
      return read_nwt(std::move(input), options.fetch);
    case TraceFormat::kText:
      return read_text(std::move(input), options.fetch);
    case TraceFormat::kLackey:
      warn(options, fmt::format("{}: {}", input->name(), kLackeyWarning));
      return read_lackey(std::move(input), options.fetch);
    case TraceFormat::kChampsim:
    case TraceFormat::kCloudsuite:
      return read_champsim(std::move(input), format == TraceFormat::kCloudsuite, options.fetch);
    case TraceFormat::kMemtrace:
      return read_memtrace(std::move(input), options.fetch,
                           [options](const std::string& text) { warn(options, text); });
    case TraceFormat::kMemtraceView:
      return read_memtrace_view(std::move(input), options.fetch);
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(TraceFormat format) {
  for (const NamedFormat& known : kFormats) {
    if (known.format == format) return known.name;
  }
  return {};
}

std::vector<std::string_view> trace_format_names() {
  std::vector<std::string_view> names;
  for (const NamedFormat& known : kFormats) names.push_back(known.name);
  return names;
}

TraceFormat parse_trace_format(std::string_view text) {
  for (const NamedFormat& known : kFormats)
    if (known.name == text) return known.format;
  throw InputError(fmt::format("\"{}\" is no trace format; there are {}", text,
                               fmt::join(trace_format_names(), ", ")));
}

Trace identify_and_open_trace(const std::string& path, const TraceOptions& options) {
  auto input =
      decompressed(std::make_unique<ByteBuffer>(open_bytes(path), display_name(path)),
                   [&options](ByteBuffer& content) { return is_named_champsim(content, options); });
  const TraceFormat format = identify(*input, options);
  return {open_as(format, std::move(input), options), format};
}

std::unique_ptr<Stream> open_trace(const std::string& path, const TraceOptions& options) {
  return identify_and_open_trace(path, options).stream;
}

}  // namespace nestwalk
