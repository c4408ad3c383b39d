// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/footprint.h"

#include <utility>

#include "sim/io/input_error.h"
#include "sim/stream/bytes/byte_source.h"

namespace nestwalk {

Footprint footprint(const TouchedPages& pages) {
  return {pages.ranges(), primary_region(pages.clusters())};
}

Footprint find_footprint(const std::string& path, const TraceOptions& options,
                         const OnRead& on_read) {
  if (!can_be_read_again(path)) {
    throw InputError(display_name(path),
                     "a pipe cannot be searched for its primary region and then be run; name it: "
                     "--set software.primary_region=[base,limit]");
  }
  TraceOptions quiet = options;
  quiet.fetch = false;
  quiet.warn = [](const std::string&) {};  // said when the trace is run
  const std::unique_ptr<Stream> stream = open_trace(path, quiet);
  if (std::vector<VirtualRange> touched = stream->touched(); !touched.empty())
    return {std::move(touched), stream->primary_region()};
  TouchedPages pages;
  std::vector<Reference> batch(4096);
  uint64_t read = 0;
  while (const size_t count = stream->read(batch.data(), batch.size())) {
    pages.touch(batch.data(), count);
    if (on_read) on_read(read += count);
  }
  return footprint(pages);
}

bool lacks_footprint(const Config& config, const Stream& stream) {
  if (config.trace.empty()) return false;
  const bool lacks_region = !config.software.primary_region && !stream.primary_region();
  const bool lacks_pages = config.software.bad_pages != 0 && stream.touched().empty();
  return lacks_region || lacks_pages;
}

}  // namespace nestwalk
