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
    if (line.empty() || line.substr(0, 2) == "==") return 0;  // banner and footer of valgrind

    const bool instruction = line.substr(0, 3) == "I  ";
    const bool data = line.size() > 3 && line[0] == ' ' && line[2] == ' ';
    if (!instruction && !data) fail(line);
    parse_operands(line, *out);
    if (instruction) {
      instructions_.retire();
      if (!fetch_) return 0;
      out->kind = ReferenceKind::kFetch;
      out->instructions = instructions_.take();
      return 1;
    }
    out->instructions = instructions_.take();
    switch (line[1]) {
      case 'L':
        out->kind = ReferenceKind::kLoad;
        return 1;
      case 'S':
        out->kind = ReferenceKind::kStore;
        return 1;
      case 'M':
        out->kind = ReferenceKind::kLoad;
        out[1] = *out;
        out[1].kind = ReferenceKind::kStore;
        out[1].instructions = instructions_.take();
        return 2;
      default:
        fail(line);
    }
  }

 private:
  void parse_operands(std::string_view line, Reference& out) const {
    Fields fields(line.substr(3));
    const std::optional<uint64_t> address = parse_hexadecimal(fields.next());
    const std::optional<uint64_t> size = parse_decimal(fields.next());
    if (!address || !size || *size == 0 || !fields.empty()) fail(line);
    out = Reference{};
    out.address = *address;
    out.size = reference_size(*size);
  }

  [[noreturn]] void fail(std::string_view line) const {
    lines_.fail(line, "\"I  address,size\" or \" L|S|M address,size\", as lackey prints");
  }

  LineReader lines_;
  bool fetch_;
  InstructionCount instructions_;
};

}  // namespace

std::unique_ptr<Stream> read_lackey(std::unique_ptr<ByteBuffer> input, bool fetch) {
  return std::make_unique<LackeyReader>(std::move(input), fetch);
}

}  // namespace nestwalk
