// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/stream_summary.h"

#include <algorithm>

namespace nestwalk {

void Summarizer::add(const Reference* elements, size_t count) {
  uint64_t instructions = 0;
  uint16_t thread = 0;
  for (size_t i = 0; i < count; ++i) {
    ++kinds_[static_cast<size_t>(elements[i].kind)];
    instructions += elements[i].instructions;
    thread = std::max(thread, elements[i].thread);
  }
  summary_.instructions += instructions;
  if (count > 0) summary_.threads = std::max<uint64_t>(summary_.threads, thread + uint64_t{1});
  pages_.touch(elements, count);
}

StreamSummary Summarizer::finish() const {
  StreamSummary summary = summary_;
  summary.loads = kinds_[static_cast<size_t>(ReferenceKind::kLoad)];
  summary.stores = kinds_[static_cast<size_t>(ReferenceKind::kStore)];
  summary.fetches = kinds_[static_cast<size_t>(ReferenceKind::kFetch)];
  summary.controls = kinds_[static_cast<size_t>(ReferenceKind::kControl)];
  summary.touched_pages = pages_.pages();
  summary.clusters = pages_.clusters();
  summary.ranges = pages_.ranges();
  return summary;
}

}  // namespace nestwalk
