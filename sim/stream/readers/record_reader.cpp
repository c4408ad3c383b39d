// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/readers/record_reader.h"

#include <algorithm>

#include "sim/io/input_error.h"

namespace nestwalk {

int RecordReader::give_access(const Reference& access, uint64_t bytes, Reference* out) {
  out[0] = access;
  out[0].size = reference_size(bytes);
  if (bytes <= UINT8_MAX) return 1;
  constexpr uint64_t kPage = 4096;
  int given = 0;
  for (uint64_t done = 0; done < bytes; ++given) {
    const uint64_t address = access.address + done;
    const uint64_t within = std::min(bytes - done, kPage - address % kPage);
    out[given] = access;
    out[given].address = address;
    out[given].size = reference_size(within);
    if (given != 0) out[given].instructions = 0;
    done += within;
  }
  return given;
}

size_t RecordReader::read(Reference* batch, size_t capacity) {
  size_t count = std::min(capacity, spill_end_ - spill_begin_);
  std::copy_n(spill_.begin() + spill_begin_, count, batch);
  spill_begin_ += count;
  while (count < capacity) {
    const bool fits = capacity - count >= kMostPerRecord;
    const int given = read_record(fits ? batch + count : spill_.data());
    if (given == kEnd) {
      if (const uint32_t left = instructions_left()) batch[count++] = retire(left);
      break;
    }
    if (fits) {
      count += static_cast<size_t>(given);
      continue;
    }
    spill_end_ = static_cast<size_t>(given);
    spill_begin_ = std::min(capacity - count, spill_end_);
    std::copy_n(spill_.begin(), spill_begin_, batch + count);
    count += spill_begin_;
  }
  return count;
}

bool ThreadNumbers::find(uint64_t id) {
  const auto next = numbers_.size();
  const auto [found, added] = numbers_.try_emplace(id, static_cast<uint16_t>(next));
  last_id_ = id;
  last_number_ = found->second;
  return !added || next <= UINT16_MAX;
}

void ThreadNumbers::too_many(const std::string& place) {
  throw InputError(place, "more than 65536 threads");
}

}  // namespace nestwalk
