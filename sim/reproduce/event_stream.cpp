// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/event_stream.h"

#include <algorithm>

namespace nestwalk {

size_t EventStream::read(Reference* batch, size_t capacity) {
  if (pending_.empty() && left_ == 0) {
    pending_ = events_(lists_++);
    std::reverse(pending_.begin(), pending_.end());
    left_ = interval_;
  }
  size_t count = 0;
  while (!pending_.empty() && count < capacity) {
    const StreamEvent event = pending_.back();
    pending_.pop_back();
    batch[count++] = {event.operand, 0, 0, static_cast<uint8_t>(event.operation),
                      ReferenceKind::kControl};
  }
  if (count != 0) return count;
  const size_t size = inner().read(batch, std::min<uint64_t>(capacity, left_));
  left_ -= size;
  return size;
}

}  // namespace nestwalk
