// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/trace_info.h"

#include <filesystem>
#include <vector>

#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/nwt/nwt_reader.h"

namespace nestwalk {
namespace {

StreamSummary summarize(Stream& stream, const OnRead& on_read) {
  if (const auto* nwt = dynamic_cast<const NwtReader*>(&stream); nwt && nwt->summary()) {
    return *nwt->summary();
  }
  Summarizer summarizer;
  std::vector<Reference> batch(4096);
  uint64_t read = 0;
  while (const size_t count = stream.read(batch.data(), batch.size())) {
    summarizer.add(batch.data(), count);
    if (on_read) on_read(read += count);
  }
  return summarizer.finish();
}

}  // namespace

TraceInfo trace_info(const std::string& path, const TraceOptions& options, const OnRead& on_read) {
  TraceOptions all = options;
  all.fetch = true;
  const Trace trace = identify_and_open_trace(path, all);
  TraceInfo info;
  info.name = display_name(path);
  info.format = trace.format;
  if (path != "-" && std::filesystem::is_regular_file(path))
    info.bytes = std::filesystem::file_size(path);
  info.summary = summarize(*trace.stream, on_read);
  return info;
}

}  // namespace nestwalk
