// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "sim/io/input_error.h"
#include "sim/stream/bytes/little_endian.h"
#include "sim/stream/readers/champsim_record.h"
#include "sim/stream/readers/readers.h"
#include "sim/stream/readers/record_reader.h"

namespace nestwalk {
namespace {

class ChampsimReader : public RecordReader {
 public:
  ChampsimReader(std::unique_ptr<ByteBuffer> input, bool cloudsuite, bool fetch)
      : input_(std::move(input)),
        layout_(cloudsuite ? kCloudsuiteLayout : kChampsimLayout),
        fetch_(fetch) {}

 protected:
  int read_record(Reference* out) override {
    if (!input_->fill(layout_.bytes)) return end();
    const char* const record = input_->view().data();
    check(record);
    instructions_.retire();
    int given = 0;
    if (fetch_) give(out[given++], load_little_endian<uint64_t>(record), ReferenceKind::kFetch);
    const auto operands = [&](size_t at, size_t count, ReferenceKind kind) {
      for (size_t i = 0; i < count; ++i) {
        const auto address = load_little_endian<uint64_t>(record + at + 8 * i);
        if (address != 0) give(out[given++], address, kind);
      }
    };
    operands(layout_.source_at, layout_.sources, ReferenceKind::kLoad);
    operands(layout_.destination_at, layout_.destinations, ReferenceKind::kStore);
    input_->consume(layout_.bytes);
    return given;
  }
  uint32_t instructions_left() override { return instructions_.left(); }

 private:
  void give(Reference& out, uint64_t address, ReferenceKind kind) {
    out = Reference{};
    out.address = address;
    out.size = 1;  // the format has none
    out.kind = kind;
    out.instructions = instructions_.take();
  }

  int end() const {
    const size_t left = input_->view().size();
    if (left == 0) return kEnd;
    throw InputError(input_->name(),
                     fmt::format("the record at byte {} has {} bytes, expected {}: truncated",
                                 input_->offset(), left, layout_.bytes));
  }

  void check(const char* record) const {
    const auto is_branch = static_cast<unsigned char>(record[8]);
    const auto taken = static_cast<unsigned char>(record[9]);
    if (is_branch <= 1 && taken <= 1) return;
    throw InputError(
        input_->name(),
        fmt::format("the record at byte {} has is_branch {} and branch_taken {}, expected 0 or 1: "
                    "no ChampSim record of {} bytes",
                    input_->offset(), is_branch, taken, layout_.bytes));
  }

  std::unique_ptr<ByteBuffer> input_;
  ChampsimLayout layout_;
  bool fetch_;
  InstructionCount instructions_;
};

}  // namespace

std::unique_ptr<Stream> read_champsim(std::unique_ptr<ByteBuffer> input, bool cloudsuite,
                                      bool fetch) {
  return std::make_unique<ChampsimReader>(std::move(input), cloudsuite, fetch);
}

}  // namespace nestwalk
