// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "sim/stream/bytes/byte_buffer.h"
#include "sim/stream/retired.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// A stream read record by record, where a record gives several references, one, or none.
class RecordReader : public Stream {
 public:
  size_t read(Reference* batch, size_t capacity) final;

 protected:
  static constexpr size_t kMostPerRecord = 64;
  static constexpr int kEnd = -1;

  /// Reads one record into `out`, which has room for kMostPerRecord references; returns how many it
  /// gave, or kEnd.
  virtual int read_record(Reference* out) = 0;
  /// Asked at the end, until there are none: instructions since the last reference.
  virtual uint32_t instructions_left() = 0;

  /// Takes an access of any length from the record: `access` without its size, as one reference of
  /// at most 255 bytes, or where it is longer one for each page that it touches. Returns how many.
  /// Of the instructions the first has all.
  static int give_access(const Reference& access, uint64_t bytes, Reference* out);
  /// Longest access that a record may have, bytes.
  static constexpr uint64_t kLongestAccess = 65536;

 private:
  std::array<Reference, kMostPerRecord> spill_;
  size_t spill_begin_ = 0;
  size_t spill_end_ = 0;
};

/// Counts instructions between references. A trace that never shows an instruction counts one a
/// data reference.
class InstructionCount {
 public:
  void retire(uint32_t instructions = 1) {
    pending_ += instructions;
    shown_ = true;
  }
  /// At the end of the trace: what no reference has said.
  uint32_t left() { return shown_ ? take_instructions(pending_) : 0; }
  /// What the next reference says: everything since the one before.
  uint32_t take() { return shown_ ? take_instructions(pending_) : 1; }

 private:
  uint64_t pending_ = 0;
  bool shown_ = false;
};

/// Dense numbers for thread ids, in order of appearance.
class ThreadNumbers {
 public:
  /// Throws InputError past 65,536 threads; place() tells where the thread appeared.
  template <class Reader>
  uint16_t number(uint64_t id, const Reader& reader) {
    if (id == last_id_ && !numbers_.empty()) return last_number_;
    if (!find(id)) too_many(reader.place());
    return last_number_;
  }

 private:
  bool find(uint64_t id);
  [[noreturn]] static void too_many(const std::string& place);

  std::unordered_map<uint64_t, uint16_t> numbers_;
  uint64_t last_id_ = 0;
  uint16_t last_number_ = 0;
};

/// Bytes of an access as a Reference holds them: 1 where unknown, 255 where longer.
constexpr uint8_t reference_size(uint64_t bytes) {
  return static_cast<uint8_t>(bytes == 0 ? 1 : bytes > 255 ? 255 : bytes);
}

}  // namespace nestwalk
