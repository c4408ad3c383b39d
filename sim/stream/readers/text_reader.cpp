// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "sim/stream/control_operation.h"
#include "sim/stream/readers/line_reader.h"
#include "sim/stream/readers/readers.h"
#include "sim/stream/readers/record_reader.h"

namespace nestwalk {
namespace {

constexpr char kLineForm[] =
    "\"R|W|F address [size] [t<thread>] [i<instructions>]\" or \"C operation [operand]\", "
    "address hexadecimal";

class TextReader : public RecordReader {
 public:
  TextReader(std::unique_ptr<ByteBuffer> input, bool fetch)
      : lines_(std::move(input)), fetch_(fetch) {}

 protected:
  int read_record(Reference* out) override {
    if (!lines_.next(line_)) return kEnd;
    Fields fields(line_.substr(0, line_.find('#')));
    if (fields.empty()) return 0;
    Reference reference;
    uint64_t bytes = 1;
    reference.kind = kind(fields.next());
    if (reference.kind == ReferenceKind::kControl) {
      parse_control(fields, reference);
    } else {
      bytes = parse_access(fields, reference);
    }
    const Marks marks = parse_marks(fields);
    const bool fetched = reference.kind == ReferenceKind::kFetch;
    fetches_seen_ |= fetched;
    pending_ += marks.instructions.value_or(assumed_instructions(reference.kind));
    if (fetched && !fetch_) return 0;
    reference.thread = threads_.number(marks.thread.value_or(0), lines_);
    reference.instructions = take_instructions(pending_);
    if (is_data(reference.kind)) return give_access(reference, bytes, out);
    *out = reference;
    return 1;
  }
  uint32_t instructions_left() override { return take_instructions(pending_); }

 private:
  /// `t<thread>` and `i<instructions>` of a line.
  struct Marks {
    std::optional<uint64_t> thread;
    std::optional<uint64_t> instructions;
  };

  ReferenceKind kind(std::string_view word) const {
    if (word.size() == 1) {
      switch (word[0] | 0x20) {
        case 'r':
          return ReferenceKind::kLoad;
        case 'w':
          return ReferenceKind::kStore;
        case 'f':
          return ReferenceKind::kFetch;
        case 'c':
          return ReferenceKind::kControl;
        default:
          break;
      }
    }
    lines_.fail(line_, kLineForm);
  }

  /// Returns the bytes of the access.
  uint64_t parse_access(Fields& fields, Reference& reference) const {
    reference.address = hexadecimal(fields.next());
    reference.size = 1;
    if (fields.empty() || !is_digit(fields.rest()[0])) return 1;
    const std::optional<uint64_t> size = parse_decimal(fields.next());
    if (!size || *size == 0 || *size > kLongestAccess)
      lines_.fail(line_, "a size of 1 to 65536 bytes");
    reference.size = reference_size(*size);
    return *size;
  }

  void parse_control(Fields& fields, Reference& reference) const {
    const std::optional<ControlOperation> operation = parse_control_operation(fields.next());
    if (!operation) lines_.fail(line_, "a control operation such as cr3, invlpg or vpid");
    reference.size = static_cast<uint8_t>(*operation);
    if (has_operand(*operation)) reference.address = hexadecimal(fields.next());
  }

  /// The marks may have any order.
  Marks parse_marks(Fields& fields) const {
    Marks marks;
    while (!fields.empty()) {
      const std::string_view mark = fields.next();
      const std::optional<uint64_t> value = parse_decimal(mark.substr(1));
      if (value && mark[0] == 't' && !marks.thread) {
        marks.thread = value;
      } else if (value && mark[0] == 'i' && !marks.instructions && *value <= UINT32_MAX) {
        marks.instructions = value;
      } else {
        lines_.fail(line_, kLineForm);
      }
    }
    return marks;
  }

  /// Of a line that states none.
  uint64_t assumed_instructions(ReferenceKind kind) const {
    if (is_data(kind)) return fetches_seen_ ? 0 : 1;
    return kind == ReferenceKind::kFetch ? 1 : 0;
  }

  uint64_t hexadecimal(std::string_view text) const {
    const std::optional<uint64_t> value = parse_hexadecimal(text);
    if (!value) lines_.fail(line_, kLineForm);
    return *value;
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  LineReader lines_;
  bool fetch_;
  std::string_view line_;
  ThreadNumbers threads_;
  uint64_t pending_ = 0;       ///< Instructions that no element has told yet.
  bool fetches_seen_ = false;  ///< Then the fetches count, and data references add none.
};

}  // namespace

std::unique_ptr<Stream> read_text(std::unique_ptr<ByteBuffer> input, bool fetch) {
  return std::make_unique<TextReader>(std::move(input), fetch);
}

}  // namespace nestwalk
