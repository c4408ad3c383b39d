// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/stream.h"

#include <algorithm>

namespace nestwalk {

void Stream::skip(uint64_t count) {
  std::vector<Reference> batch(std::min<uint64_t>(count, 4096));
  while (count > 0) {
    const size_t read_now = read(batch.data(), std::min<uint64_t>(count, batch.size()));
    if (read_now == 0) return;
    count -= read_now;
  }
}

}  // namespace nestwalk
