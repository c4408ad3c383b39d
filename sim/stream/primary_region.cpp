// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/primary_region.h"

#include <vector>

#include "sim/config/input_error.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/touched_pages.h"

namespace nestwalk {

std::optional<VirtualRange> find_primary_region(const std::string& path,
                                                const TraceOptions& options) {
  if (!can_be_read_again(path)) {
    throw InputError(display_name(path),
                     "a pipe cannot be searched for its primary region and then be run; name it: "
                     "--set software.primary_region=[base,limit]");
  }
  TraceOptions quiet = options;
  quiet.fetch = false;
  quiet.warn = [](const std::string&) {};  // said when the trace is run
  const std::unique_ptr<Stream> stream = open_trace(path, quiet);
  if (const auto known = stream->primary_region()) return known;
  TouchedPages pages;
  std::vector<Reference> batch(4096);
  while (const size_t count = stream->read(batch.data(), batch.size())) {
    pages.touch(batch.data(), count);
  }
  return primary_region(pages.clusters());
}

}  // namespace nestwalk
