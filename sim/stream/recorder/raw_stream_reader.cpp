// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/recorder/raw_stream_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include "sim/stream/plugin/raw_stream.h"

namespace nestwalk {
namespace {

static_assert(sizeof(NestwalkRawRecord) == sizeof(Reference));
static_assert(offsetof(NestwalkRawRecord, address) == offsetof(Reference, address));
static_assert(offsetof(NestwalkRawRecord, instructions) == offsetof(Reference, instructions));
static_assert(offsetof(NestwalkRawRecord, thread) == offsetof(Reference, thread));
static_assert(offsetof(NestwalkRawRecord, size) == offsetof(Reference, size));
static_assert(offsetof(NestwalkRawRecord, kind) == offsetof(Reference, kind));
static_assert(kRawLoad == static_cast<int>(ReferenceKind::kLoad));
static_assert(kRawStore == static_cast<int>(ReferenceKind::kStore));
static_assert(kRawFetch == static_cast<int>(ReferenceKind::kFetch));

}  // namespace

size_t RawStreamReader::read(Reference* batch, size_t capacity) {
  if (!started_ && !read_header()) return 0;
  size_t count = 0;
  while (count == 0 && input_->fill(sizeof(Reference))) {
    count = std::min(capacity, input_->view().size() / sizeof(Reference));
    std::memcpy(batch, input_->view().data(), count * sizeof(Reference));
    input_->consume(count * sizeof(Reference));
    count = take_notes(batch, count);
  }
  return count;
}

bool RawStreamReader::read_header() {
  if (!input_->fill(sizeof(NestwalkRawHeader))) return false;
  if (input_->view().compare(0, 8, NESTWALK_RAW_MAGIC) != 0) {
    throw std::runtime_error("the recording plugin is of another version");
  }
  input_->consume(sizeof(NestwalkRawHeader));
  started_ = true;
  return true;
}

size_t RawStreamReader::take_notes(Reference* batch, size_t count) {
  Reference* const end = std::remove_if(batch, batch + count, [this](const Reference& record) {
    const int kind = static_cast<int>(record.kind);
    forks_ += kind == kRawNoteFork;
    replaced_ |= kind == kRawNoteExec;
    return kind == kRawNoteFork || kind == kRawNoteExec;
  });
  return static_cast<size_t>(end - batch);
}

}  // namespace nestwalk
