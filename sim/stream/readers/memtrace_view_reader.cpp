// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "sim/stream/readers/line_reader.h"
#include "sim/stream/readers/readers.h"
#include "sim/stream/readers/record_reader.h"

namespace nestwalk {
namespace {

/// `<record> <instruction>: [W<n>.T]<thread> read|write|ifetch <n> byte(s) @ 0x<address> ...`
class MemtraceViewReader : public RecordReader {
 public:
  MemtraceViewReader(std::unique_ptr<ByteBuffer> input, bool fetch)
      : lines_(std::move(input)), fetch_(fetch) {}

 protected:
  int read_record(Reference* out) override {
    if (!lines_.next(line_)) return kEnd;
    const size_t bytes = line_.find(" byte(s) @ ");
    if (bytes == std::string_view::npos) {
      check_other_line();
      return 0;
    }
    Fields fields(line_);
    fields.next();  // number of the record
    const std::string_view ordinal = fields.next();
    const std::string_view thread = fields.next();
    const std::string_view what = fields.next();
    const std::optional<uint64_t> size = parse_decimal(fields.next());
    fields.next();  // byte(s)
    fields.next();  // @
    const std::optional<uint64_t> address = parse_hexadecimal(fields.next());
    if (ordinal.empty() || ordinal.back() != ':' || !size || !address) fail();
    if (*size > kLongestAccess) fail();
    Reference access;
    access.address = *address;
    const uint64_t id = thread_id(thread);
    const int given = record(what, ordinal, access, *size, out);
    const uint16_t number = given > 0 ? threads_.number(id, lines_) : 0;
    for (int i = 0; i < given; ++i) out[i].thread = number;
    return given;
  }
  uint32_t instructions_left() override { return instructions_.left(); }

 private:
  int record(std::string_view what, std::string_view ordinal, Reference& access, uint64_t bytes,
             Reference* out) {
    if (what == "ifetch") {
      // A further iteration of a rep string instruction keeps the instruction's number.
      if (ordinal == last_ordinal_) return 0;
      last_ordinal_ = ordinal;
      instructions_.retire();
      if (!fetch_) return 0;
      access.kind = ReferenceKind::kFetch;
    } else if (what == "read") {
      access.kind = ReferenceKind::kLoad;
    } else if (what == "write") {
      access.kind = ReferenceKind::kStore;
    } else {
      return 0;  // prefetches and flushes
    }
    access.instructions = instructions_.take();
    return give_access(access, bytes, out);
  }

  /// W0.T1234 in newer versions, of one of several workloads; 1234 in older ones.
  uint64_t thread_id(std::string_view field) const {
    constexpr uint64_t kMost = UINT32_MAX;
    std::optional<uint64_t> workload = 0;
    if (const size_t dot = field.find('.'); dot != field.npos && field.front() == 'W') {
      workload = parse_decimal(field.substr(1, dot - 1));
      field.remove_prefix(dot + 1);
    }
    if (!field.empty() && field.front() == 'T') field.remove_prefix(1);
    const std::optional<uint64_t> id = parse_decimal(field);
    if (!workload || *workload > kMost || !id || *id > kMost) fail();
    return *workload << 32 | *id;
  }

  /// Lines without an access: markers, the heading, the summary, and spilled bytes of an
  /// instruction's encoding.
  void check_other_line() const {
    constexpr std::string_view kMarks[] = {"<marker: ",    "<thread ",       "<entry type ",
                                           "<--record#->", "Output format:", "-----",
                                           "View tool",    ": total "};
    for (const std::string_view mark : kMarks) {
      if (line_.find(mark) != std::string_view::npos) return;
    }
    Fields fields(line_);
    while (!fields.empty()) {
      const std::string_view field = fields.next();
      const bool encoding = field.size() == 2 && parse_hexadecimal(field);
      const bool prefix = field.back() == ':' || parse_decimal(field) || field[0] == 'W';
      if (!encoding && !prefix) fail();
    }
  }

  [[noreturn]] void fail() const {
    lines_.fail(line_,
                "\"record# instruction#: thread read|write|ifetch n byte(s) @ 0xaddress ...\", as "
                "DynamoRIO's view tool prints");
  }

  LineReader lines_;
  bool fetch_;
  std::string_view line_;
  InstructionCount instructions_;
  ThreadNumbers threads_;
  std::string last_ordinal_;
};

}  // namespace

std::unique_ptr<Stream> read_memtrace_view(std::unique_ptr<ByteBuffer> input, bool fetch) {
  return std::make_unique<MemtraceViewReader>(std::move(input), fetch);
}

}  // namespace nestwalk
