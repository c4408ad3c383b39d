// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "sim/io/input_error.h"
#include "sim/stream/bytes/little_endian.h"
#include "sim/stream/readers/memtrace_entry.h"
#include "sim/stream/readers/readers.h"
#include "sim/stream/readers/record_reader.h"

namespace nestwalk {
namespace {

class MemtraceReader : public RecordReader {
 public:
  MemtraceReader(std::unique_ptr<ByteBuffer> input, bool fetch,
                 std::function<void(const std::string&)> warn)
      : input_(std::move(input)), fetch_(fetch), warn_(std::move(warn)) {}

  /// File and byte, for messages.
  std::string place() const { return fmt::format("{}: byte {}", input_->name(), input_->offset()); }

 protected:
  int read_record(Reference* out) override {
    if (!input_->fill(kMemtraceEntryBytes)) return end();
    const char* const entry = input_->view().data();
    const auto type = load_little_endian<uint16_t>(entry);
    const auto size = load_little_endian<uint16_t>(entry + 2);
    const auto address = load_little_endian<uint64_t>(entry + 4);
    check(type);
    complete_ = static_cast<MemtraceType>(type) == MemtraceType::kFooter;
    const int given = entry_of(static_cast<MemtraceType>(type), size, address, out);
    input_->consume(kMemtraceEntryBytes);
    return given;
  }
  uint32_t instructions_left() override { return instructions_.left(); }

 private:
  int entry_of(MemtraceType type, uint16_t size, uint64_t address, Reference* out) {
    switch (type) {
      case MemtraceType::kRead:
        return data(ReferenceKind::kLoad, size, address, out);
      case MemtraceType::kWrite:
        return data(ReferenceKind::kStore, size, address, out);
      case MemtraceType::kInstructionBundle:
        return bundle(size, address, out);
      case MemtraceType::kInstructionMaybeFetch:
        return address == last_instruction_ ? 0 : instruction(size, address, out);
      case MemtraceType::kInstructionSysenter:
      case MemtraceType::kInstructionTakenJump:
      case MemtraceType::kInstructionUntakenJump:
        return instruction(size, address, out);
      case MemtraceType::kThread:
        thread_ = address;
        return 0;
      default:
        break;
    }
    const bool plain =
        type >= MemtraceType::kInstruction && type <= MemtraceType::kInstructionReturn;
    return plain ? instruction(size, address, out) : 0;
  }

  int data(ReferenceKind kind, uint16_t size, uint64_t address, Reference* out) {
    return give_access({address, instructions_.take(), thread_number(), 1, kind}, size, out);
  }

  int instruction(uint64_t size, uint64_t address, Reference* out) {
    instructions_.retire();
    last_instruction_ = address;
    next_instruction_ = address + size;
    if (!fetch_) return 0;
    *out = {address, instructions_.take(), thread_number(), reference_size(size),
            ReferenceKind::kFetch};
    return 1;
  }

  /// Threads count from the first element of theirs that is given.
  uint16_t thread_number() { return threads_.number(thread_, *this); }

  int bundle(uint16_t count, uint64_t lengths, Reference* out) {
    if (count > sizeof lengths) {
      throw InputError(place(),
                       fmt::format("found a bundle of {} instructions, expected 1 to 8", count));
    }
    int given = 0;
    for (int i = 0; i < count; ++i) {
      given += instruction((lengths >> (8 * i)) & 0xff, next_instruction_, out + given);
    }
    return given;
  }

  void check(uint16_t type) const {
    if (type < kMemtraceTypes) return;
    throw InputError(place(), fmt::format("found an entry of type {}, expected 0 to {}: no "
                                          "DynamoRIO trace_entry_t",
                                          type, kMemtraceTypes - 1));
  }

  int end() {
    const size_t left = input_->view().size();
    if (left == 0) {
      if (!std::exchange(complete_, true))
        warn_(input_->name() + ": ends without DynamoRIO's footer: it may be cut off");
      return kEnd;
    }
    throw InputError(place(), fmt::format("an entry of {} bytes, expected {}: truncated", left,
                                          kMemtraceEntryBytes));
  }

  std::unique_ptr<ByteBuffer> input_;
  bool fetch_;
  std::function<void(const std::string&)> warn_;
  bool complete_ = false;  ///< The last entry is the footer, or its absence was told.
  InstructionCount instructions_;
  ThreadNumbers threads_;
  uint64_t thread_ = 0;
  uint64_t last_instruction_ = 0;
  uint64_t next_instruction_ = 0;
};

}  // namespace

std::unique_ptr<Stream> read_memtrace(std::unique_ptr<ByteBuffer> input, bool fetch,
                                      std::function<void(const std::string&)> warn) {
  return std::make_unique<MemtraceReader>(std::move(input), fetch, std::move(warn));
}

}  // namespace nestwalk
