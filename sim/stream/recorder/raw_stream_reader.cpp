// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/recorder/raw_stream_reader.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include "sim/stream/plugin/raw_stream.h"
#include "sim/stream/retired.h"

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

constexpr int kUnseen = -1;

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
  if (count == 0 && retired_ > 0) batch[count++] = retire(take_instructions(retired_));
  return count;
}

bool RawStreamReader::read_header() {
  if (!input_->fill(sizeof(NestwalkRawHeader))) return false;
  if (input_->view().compare(0, 8, NESTWALK_RAW_MAGIC) != 0) {
    throw std::runtime_error("the recording plugin is of another version");
  }
  input_->consume(sizeof(NestwalkRawHeader));
  started_ = true;
  numbers_.assign(size_t{1} << 16, kUnseen);
  return true;
}

size_t RawStreamReader::take_notes(Reference* batch, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    Reference record = batch[i];
    if (take_note(record)) continue;
    retired_ += record.instructions;
    record.instructions = take_instructions(retired_);
    record.thread = number_of(record.thread);
    batch[kept++] = record;
  }
  return kept;
}

/// Returns whether the record is a note.
bool RawStreamReader::take_note(const Reference& record) {
  const int kind = static_cast<int>(record.kind);
  if (kind == kRawNoteFork) {
    ++forks_;
    return true;
  }
  if (replaced_by_ == record.thread) replaced_by_.reset();
  if (kind == kRawNoteExec) replaced_by_ = record.thread;
  if (kind == kRawNoteRetired) retired_ += record.instructions;
  return kind == kRawNoteExec || kind == kRawNoteRetired;
}

uint16_t RawStreamReader::number_of(uint16_t thread) {
  int& number = numbers_[thread];
  if (number == kUnseen) number = next_number_++;
  return static_cast<uint16_t>(number);
}

}  // namespace nestwalk
