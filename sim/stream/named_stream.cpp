// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/named_stream.h"

#include "sim/stream/workload/workload.h"

namespace nestwalk {

TraceOptions trace_options(const Config& config, std::optional<TraceFormat> format) {
  TraceOptions options;
  options.format = format;
  options.fetch = config.fetch;
  return options;
}

std::unique_ptr<Stream> open_named_stream(const Config& config, std::optional<TraceFormat> format) {
  if (!config.workload.empty()) return open_workload(config.workload, config.seed);
  return open_trace(config.trace, trace_options(config, format));
}

}  // namespace nestwalk
