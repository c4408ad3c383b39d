// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "sim/stream/readers/line_reader.h"
#include "sim/stream/readers/readers.h"
#include "sim/stream/readers/record_reader.h"

namespace nestwalk {
namespace {

class LackeyReader : public RecordReader {
 public:
  LackeyReader(std::unique_ptr<ByteBuffer> input, bool fetch)
      : lines_(std::move(input)), fetch_(fetch) {}

 protected:
  int read_record(Reference* out) override {
    std::string_view line;
    if (!lines_.next(line)) return kEnd;
    if (line.empty() || is_valgrind_message(line)) return 0;

    const bool instruction = line.substr(0, 3) == "I  ";
    const bool data = line.size() > 3 && line[0] == ' ' && line[2] == ' ';
    if (!instruction && !data) fail(line);
    Reference access;
    const uint64_t bytes = parse_operands(line, access);
    if (instruction) {
      if (is_iteration(access.address, bytes)) return 0;
      instructions_.retire();
      if (!fetch_) return 0;
      access.kind = ReferenceKind::kFetch;
      access.instructions = instructions_.take();
      access.size = reference_size(bytes);
      *out = access;
      return 1;
    }
    data_since_ = true;
    access.instructions = instructions_.take();
    switch (line[1]) {
      case 'L':
        access.kind = ReferenceKind::kLoad;
        return give_access(access, bytes, out);
      case 'S':
        access.kind = ReferenceKind::kStore;
        return give_access(access, bytes, out);
      case 'M': {
        access.kind = ReferenceKind::kLoad;
        const int loads = give_access(access, bytes, out);
        access.kind = ReferenceKind::kStore;
        access.instructions = instructions_.take();
        return loads + give_access(access, bytes, out + loads);
      }
      default:
        fail(line);
    }
  }
  uint32_t instructions_left() override { return instructions_.left(); }

 private:
  /// Returns the bytes of the access.
  uint64_t parse_operands(std::string_view line, Reference& out) const {
    Fields fields(line.substr(3));
    const std::optional<uint64_t> address = parse_hexadecimal(fields.next());
    const std::optional<uint64_t> size = parse_decimal(fields.next());
    if (!address || !size || *size == 0 || *size > kLongestAccess || !fields.empty()) fail(line);
    out.address = *address;
    return *size;
  }

  /// Whether an instruction is a further iteration of a rep string one, each of which has its line:
  /// no other that accesses data is its own successor.
  bool is_iteration(uint64_t address, uint64_t bytes) {
    const bool again = address == last_address_ && bytes == last_bytes_;
    last_address_ = address;
    last_bytes_ = bytes;
    return std::exchange(data_since_, false) && again;
  }

  [[noreturn]] void fail(std::string_view line) const {
    lines_.fail(line, "\"I  address,size\" or \" L|S|M address,size\", as lackey prints");
  }

  LineReader lines_;
  bool fetch_;
  InstructionCount instructions_;
  uint64_t last_address_ = 0;  ///< Of the last instruction.
  uint64_t last_bytes_ = 0;
  bool data_since_ = false;  ///< Whether it accessed any.
};

}  // namespace

std::unique_ptr<Stream> read_lackey(std::unique_ptr<ByteBuffer> input, bool fetch) {
  return std::make_unique<LackeyReader>(std::move(input), fetch);
}

}  // namespace nestwalk
