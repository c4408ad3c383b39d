// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/reference_model.h"

#include <algorithm>

namespace nestwalk::bench {
namespace {

int log2(uint32_t power) {
  return __builtin_ctz(power);
}

uint32_t partition_bits(const Parameters& parameters) {
  return parameters.partitioned ? parameters.filter_bits / parameters.hashes
                                : parameters.filter_bits;
}

}  // namespace

ReferenceLevel::ReferenceLevel(const Parameters& parameters, bool has_filter)
    : parameters_(parameters),
      has_filter_(has_filter),
      hash_(static_cast<int>(parameters.hashes), log2(partition_bits(parameters)),
            parameters.filter_seed),
      bits_(parameters.filter_bits) {}

void ReferenceLevel::reset() {
  registers_.enabled = false;
  empty_filter();
}

void ReferenceLevel::empty_filter() {
  std::fill(bits_.begin(), bits_.end(), false);
  bits_set_ = 0;
  restored_ = false;
  inserted_.clear();
}

void ReferenceLevel::set_bit(size_t bit, bool value) {
  bits_set_ += size_t{value} - size_t{bits_[bit]};
  bits_[bit] = value;
}

template <class Visit>
void ReferenceLevel::for_each_bit(uint64_t page, Visit visit) const {
  const H3::Indices indices = hash_(page);
  for (uint32_t hash = 0; hash < parameters_.hashes; ++hash)
    visit(indices[hash] + (parameters_.partitioned ? hash * partition_bits(parameters_) : 0));
}

void ReferenceLevel::write(const Request& request) {
  switch (request.op) {
    case Op::kWriteBase:
      registers_.base = request.operand;
      break;
    case Op::kWriteLimit:
      registers_.limit = request.operand;
      break;
    case Op::kWriteOffset:
      registers_.offset = request.operand;
      break;
    case Op::kWriteEnable:
      registers_.enabled = (request.operand & 1) != 0;
      break;
    case Op::kInsert:
      if (!has_filter_) break;
      for_each_bit(request.operand, [this](size_t bit) { set_bit(bit, true); });
      inserted_.insert(request.operand);
      break;
    case Op::kClear:
      empty_filter();
      break;
    case Op::kRestore:
      if (!has_filter_ || request.word >= parameters_.words()) break;
      for (uint32_t bit = 0; bit < parameters_.word_width; ++bit)
        set_bit(request.word * parameters_.word_width + bit, (request.operand >> bit & 1) != 0);
      restored_ = true;
      inserted_.clear();
      break;
    default:
      break;
  }
}

void ReferenceLevel::forget(const Request& request) {
  if (request.op == Op::kWriteBase) registers_.base.reset();
  if (request.op == Op::kWriteLimit) registers_.limit.reset();
  if (request.op == Op::kWriteOffset) registers_.offset.reset();
}

bool ReferenceLevel::Registers::contain(uint64_t page) const {
  const uint64_t from = base.value_or(0);
  const uint64_t to = limit.value_or(0);
  // The model refuses registers that the hardware takes as empty.
  if (!enabled || to < from) return false;
  return GuestSegment(GuestVirtual(from << 12), GuestVirtual(to << 12), 0)
      .contains(GuestVirtual(page << 12));
}

bool ReferenceLevel::hit(uint64_t page) const {
  if (!has_filter_) return false;
  bool all = true;
  for_each_bit(page, [&](size_t bit) { all = all && bits_[bit]; });
  return all;
}

uint64_t ReferenceLevel::sum(uint64_t page) const {
  const GuestSegment segment(GuestVirtual(0), GuestVirtual(0), offset().value_or(0) << 12);
  return segment.translate(GuestVirtual(page << 12)).page() & parameters_.page_mask();
}

uint64_t ReferenceLevel::word(uint32_t index) const {
  uint64_t word = 0;
  for (uint32_t bit = 0; bit < parameters_.word_width; ++bit)
    word |= uint64_t{bits_[index * parameters_.word_width + bit]} << bit;
  return word;
}

ReferenceModel::ReferenceModel(const Parameters& parameters)
    : parameters_(parameters),
      levels_{ReferenceLevel(parameters_, parameters.guest_filter),
              ReferenceLevel(parameters_, true)} {}

void ReferenceModel::reset() {
  for (ReferenceLevel& level : levels_) level.reset();
}

ReferenceModel::Expected ReferenceModel::accept(const Request& request) {
  if (is_look_up(request.op)) return look_up(request);
  // What is saved of a word past the last one may be anything.
  const bool saves = request.op == Op::kSave && request.word < parameters_.words();
  Expected expected{request, {}, false, saves, registers()};
  expected.answer.id = request.id;
  ReferenceLevel& level = levels_[static_cast<size_t>(request.level)];
  if (saves) expected.answer.page = level.word(request.word);
  level.write(request);
  return expected;
}

ReferenceModel::Expected ReferenceModel::look_up(const Request& request) const {
  Expected expected{request, {}, true, true, registers()};
  Answer& answer = expected.answer;
  answer.id = request.id;
  answer.page = request.operand;
  const auto ask = [&](Level which) {
    const ReferenceLevel& asked = level(which);
    const uint32_t bit = uint32_t{1} << static_cast<uint32_t>(which);
    const bool inside = asked.inside(answer.page);
    const bool escaped = inside && asked.hit(answer.page);
    if (inside) answer.inside |= bit;
    if (escaped) answer.escaped |= bit;
    answer.maps = inside && !escaped;
    answer.page = asked.sum(answer.page);
    expected.verdict_known = expected.verdict_known && asked.defined();
    expected.page_known = expected.page_known && asked.offset().has_value();
  };
  if (request.op == Op::kCheck) {
    ask(request.level);
    return expected;
  }
  ask(Level::kGuest);
  const bool guest_maps = answer.maps;
  if (guest_maps) {
    ask(Level::kVmm);
    // Of a gPA that is not known the VMM level may say anything.
    expected.verdict_known = expected.verdict_known && level(Level::kGuest).offset().has_value();
  }
  // A page that the guest level does not map is not answered.
  expected.page_known = expected.page_known && guest_maps && level(Level::kGuest).defined();
  return expected;
}

}  // namespace nestwalk::bench
