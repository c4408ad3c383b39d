// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/stage_coverage.h"

#include <algorithm>

namespace nestwalk::bench {
namespace {

enum Boundary : size_t {
  kOff,
  kEmpty,
  kInverted,
  kBelow,
  kBaseMinus1,
  kLimit,
  kAbove,
  kFirstInside,
  kBase = kFirstInside,
  kInside,
  kLimitMinus1,
};
enum Filter : size_t { kNotAsked, kTruePositive, kFalsePositive, kTrueNegative };
enum OpClass : size_t { kNothing, kLookUp, kRegister, kInsertion, kClearing, kWord };
constexpr size_t kAtOtherLevel = kWord + 1;  ///< What went before a look-up at one level.
enum Fill : size_t { kEmptied, kPartly, kFullByInserts, kFullByWords };

constexpr size_t kMaxInFlight = 2;
constexpr size_t kPastLast = 3;  ///< A place of a word.
/// The first hazard of a register: BASE, then the others in the order of their operations.
constexpr size_t kChangedByRegister = 5;

const CoverGroup::Axis kLevels{"level", {kLevelNames.begin(), kLevelNames.end()}};
const CoverGroup::Axis kBoundaries{
    "boundary",
    {"off", "empty", "inverted", "below", "base-1", "limit", "above", "base", "inside", "limit-1"}};
const CoverGroup::Axis kFilters{"filter",
                                {"not-asked", "true-positive", "false-positive", "true-negative"}};
const CoverGroup::Axis kBefore{"before",
                               {"after-nothing", "after-look-up", "after-register", "after-insert",
                                "after-clear", "after-word"}};
const CoverGroup::Axis kBeforeAtLevel{
    "before",
    {"after-nothing", "after-look-up", "after-register", "after-insert", "after-clear",
     "after-word", "after-other-level"}};
const CoverGroup::Axis kClasses{"operation", {"look-up", "register", "insert", "clear", "word"}};

const CoverGroup::Axis kYoungest{"youngest",
                                 {"nothing", "look-up", "register", "insert", "clear", "word"}};

OpClass op_class(Op op) {
  switch (op) {
    case Op::kWriteBase:
    case Op::kWriteLimit:
    case Op::kWriteOffset:
    case Op::kWriteEnable:
      return kRegister;
    case Op::kInsert:
      return kInsertion;
    case Op::kClear:
      return kClearing;
    case Op::kRestore:
    case Op::kSave:
      return kWord;
    default:
      return kLookUp;
  }
}

size_t class_bin(Op op) {
  return op_class(op) - 1;
}

Boundary boundary(const ReferenceLevel& level, uint64_t page) {
  if (!level.enabled()) return kOff;
  if (level.base() == level.limit()) return kEmpty;
  if (level.limit() < level.base()) return kInverted;
  if (page == level.base()) return kBase;
  if (page == level.limit() - 1) return kLimitMinus1;
  if (page == level.limit()) return kLimit;
  if (page + 1 == level.base()) return kBaseMinus1;
  if (page < level.base()) return kBelow;
  return page > level.limit() ? kAbove : kInside;
}

Filter filter_outcome(const ReferenceLevel& level, uint64_t page) {
  if (!level.hit(page)) return kTrueNegative;
  return level.was_inserted(page) ? kTruePositive : kFalsePositive;
}

Fill fill(const ReferenceLevel& level) {
  if (level.bits_set() == 0) return kEmptied;
  if (!level.full()) return kPartly;
  return level.was_restored() ? kFullByWords : kFullByInserts;
}

size_t waiting_bin(uint32_t cycles) {
  return cycles < 2 ? cycles : cycles < 4 ? 2 : cycles <= 40 ? 3 : 4;
}

}  // namespace

StageCoverage::StageCoverage(const Parameters& parameters)
    : parameters_(parameters),
      operation_("operation", {{"operation", {kOpNames.begin(), kOpNames.end()}}, kLevels}, 10),
      look_up_("look-up", {kLevels, kBoundaries, kFilters, kBeforeAtLevel}),
      fill_("fill", {kLevels, {"fill", {"empty", "partly", "full-by-inserts", "full-by-words"}}}),
      complete_("complete", {{"guest", {"guest-outside", "guest-escaped", "guest-maps"}},
                             {"vmm", {"vmm-not-asked", "vmm-outside", "vmm-escaped", "vmm-maps"}},
                             kBefore}),
      sum_("sum", {kLevels, {"sum", {"offset-zero", "offset-adds", "offset-wraps"}}}, 10),
      pair_("pair", {kClasses, kClasses, {"levels", {"same-level", "other-level"}}}),
      hazard_("hazard",
              {{"hazard",
                {"look-up-right-after-insert", "look-up-right-after-clear",
                 "look-up-right-after-restore", "insert-again", "insert-of-false-positive",
                 "look-up-that-base-has-changed", "look-up-that-limit-has-changed",
                 "look-up-that-offset-has-changed", "look-up-that-enable-has-changed"}},
               kLevels}),
      word_("word", {{"operation", {"restore", "save"}},
                     kLevels,
                     {"place", {"first-word", "middle-word", "last-word", "no-word"}},
                     {"data", {"zero", "ones", "mixed"}}}),
      in_flight_("in-flight", {kClasses, {"inside", {"0", "1", "2"}}}),
      waited_("waited", {kClasses, {"waited", {"0", "1", "2-3", "4-40", "41-up"}}}),
      reset_("reset", {{"inside", {"0", "1", "2"}}, kYoungest}) {
  rule_out_unreachable();
  if (!parameters.keeps_words) rule_out_words();
}

void StageCoverage::rule_out_unreachable() {
  look_up_.ignore([this](const CoverGroup::Choice& bin) {
    const bool has_filter = parameters_.has_filter(static_cast<Level>(bin[0]));
    const bool asked = bin[1] >= kFirstInside && has_filter;
    // What a clear leaves reports nothing.
    const bool emptied =
        bin[3] == kClearing && (bin[2] == kTruePositive || bin[2] == kFalsePositive);
    return asked == (bin[2] == kNotAsked) || emptied;
  });
  fill_.ignore([this](const CoverGroup::Choice& bin) {
    return !parameters_.has_filter(static_cast<Level>(bin[0]));
  });
  complete_.ignore([this](const CoverGroup::Choice& bin) {
    if (bin[0] == 1 && !parameters_.guest_filter) return true;
    return (bin[0] == 2) == (bin[1] == 0);
  });
  hazard_.ignore([this](const CoverGroup::Choice& bin) {
    const bool needs_filter = bin[0] < kChangedByRegister;
    return needs_filter && !parameters_.has_filter(static_cast<Level>(bin[1]));
  });
  word_.ignore([this](const CoverGroup::Choice& bin) {
    const uint32_t words = parameters_.words();
    return (bin[2] == 1 && words < 3) || (bin[2] == 2 && words < 2) ||
           (bin[2] == kPastLast && words == parameters_.word_numbers());
  });
  // What is saved there may be anything.
  word_.ignore([](const CoverGroup::Choice& bin) {
    return bin[0] == 1 && bin[2] == kPastLast && bin[3] != 0;
  });
  word_.ignore([this](const CoverGroup::Choice& bin) {
    return !parameters_.has_filter(static_cast<Level>(bin[1])) && bin[0] == 1 && bin[3] != 0;
  });
  in_flight_.ignore([this](const CoverGroup::Choice& bin) { return bin[1] > parameters_.depth; });
  reset_.ignore([this](const CoverGroup::Choice& bin) {
    return bin[0] > parameters_.depth || (bin[0] == 0) != (bin[1] == kNothing);
  });
}

void StageCoverage::rule_out_words() {
  operation_.ignore([](const CoverGroup::Choice& bin) { return bin[0] >= 8; });
  look_up_.ignore([](const CoverGroup::Choice& bin) { return bin[3] == kWord; });
  fill_.ignore([](const CoverGroup::Choice& bin) { return bin[1] == kFullByWords; });
  complete_.ignore([](const CoverGroup::Choice& bin) { return bin[2] == kWord; });
  pair_.ignore(
      [](const CoverGroup::Choice& bin) { return bin[0] == kWord - 1 || bin[1] == kWord - 1; });
  hazard_.ignore([](const CoverGroup::Choice& bin) { return bin[0] == 2; });
  word_.ignore([](const CoverGroup::Choice&) { return true; });
  in_flight_.ignore([](const CoverGroup::Choice& bin) { return bin[0] == kWord - 1; });
  waited_.ignore([](const CoverGroup::Choice& bin) { return bin[0] == kWord - 1; });
  reset_.ignore([](const CoverGroup::Choice& bin) { return bin[1] == kWord; });
}

void StageCoverage::request(const Request& request, const ReferenceModel& reference,
                            bool back_to_back, size_t in_flight) {
  if (!back_to_back) before_.reset();
  operation_.sample({op_number(request.op), static_cast<size_t>(request.level)});
  in_flight_.sample({class_bin(request.op), std::min(in_flight, kMaxInFlight)});
  if (before_)
    pair_.sample({class_bin(before_->op), class_bin(request.op),
                  before_->level == request.level ? size_t{0} : size_t{1}});
  if (is_look_up(request.op)) look_up(request, reference);
  hazard(request, reference);
  words(request, reference);
  before_ = request;
  overwritten_ = reference.level(request.level).registers();
}

void StageCoverage::look_up(const Request& request, const ReferenceModel& reference) {
  const ReferenceLevel& guest = reference.level(Level::kGuest);
  const ReferenceLevel& vmm = reference.level(Level::kVmm);
  if (request.op == Op::kCheck) {
    level_asked(request.level, request.operand, reference.level(request.level));
    return;
  }
  level_asked(Level::kGuest, request.operand, guest);
  if (!guest.defined() || !vmm.defined()) return;
  const size_t before = before_ ? op_class(before_->op) : kNothing;
  if (!guest.inside(request.operand)) return complete_.sample({0, 0, before});
  if (guest.hit(request.operand)) return complete_.sample({1, 0, before});
  if (!guest.offset()) return;
  const uint64_t page = guest.sum(request.operand);
  level_asked(Level::kVmm, page, vmm);
  complete_.sample({2,
                    !vmm.inside(page) ? size_t{1}
                    : vmm.hit(page)   ? size_t{2}
                                      : size_t{3},
                    before});
}

void StageCoverage::level_asked(Level level, uint64_t page, const ReferenceLevel& reference) {
  if (!reference.defined()) return;
  const size_t number = static_cast<size_t>(level);
  const Boundary where = boundary(reference, page);
  const bool asked = where >= kFirstInside && parameters_.has_filter(level);
  const Filter outcome = asked ? filter_outcome(reference, page) : kNotAsked;
  look_up_.sample({number, where, outcome, before_at(level)});
  if (asked) fill_.sample({number, fill(reference)});
  if (where < kFirstInside || !reference.offset()) return;
  const uint64_t offset = *reference.offset();
  sum_.sample({number, offset == 0                  ? size_t{0}
                       : reference.sum(page) > page ? size_t{1}
                                                    : size_t{2}});
}

size_t StageCoverage::before_at(Level level) const {
  if (!before_) return kNothing;
  const bool here = before_->op == Op::kComplete || before_->level == level;
  return here ? op_class(before_->op) : kAtOtherLevel;
}

void StageCoverage::hazard(const Request& request, const ReferenceModel& reference) {
  const size_t level = static_cast<size_t>(request.level);
  const ReferenceLevel& asked = reference.level(request.level);
  if (request.op == Op::kInsert && parameters_.has_filter(request.level)) {
    if (asked.was_inserted(request.operand))
      hazard_.sample({3, level});
    else if (asked.hit(request.operand))
      hazard_.sample({4, level});
  }
  if (request.op != Op::kCheck || !before_ || before_->level != request.level) return;
  const bool filtered = parameters_.has_filter(request.level);
  if (before_->op == Op::kInsert && before_->operand == request.operand && filtered)
    hazard_.sample({0, level});
  if (before_->op == Op::kClear && filtered) hazard_.sample({1, level});
  if (before_->op == Op::kRestore && filtered) hazard_.sample({2, level});
  if (op_class(before_->op) == kRegister && has_changed(request.operand, asked.registers()))
    hazard_.sample(
        {kChangedByRegister + op_number(before_->op) - op_number(Op::kWriteBase), level});
}

/// Whether the write right before changed what is answered about a page.
bool StageCoverage::has_changed(uint64_t page, const ReferenceLevel::Registers& now) const {
  if (!overwritten_.defined() || !now.defined()) return false;
  if (before_->op == Op::kWriteOffset)
    return overwritten_.offset && overwritten_.offset != now.offset;
  return overwritten_.contain(page) != now.contain(page);
}

void StageCoverage::words(const Request& request, const ReferenceModel& reference) {
  if (op_class(request.op) != kWord) return;
  const uint64_t ones = (uint64_t{1} << parameters_.word_width) - 1;
  const uint32_t last = parameters_.words() - 1;
  const size_t place = request.word > last    ? kPastLast
                       : request.word == 0    ? 0
                       : request.word == last ? 2
                                              : 1;
  const bool restores = request.op == Op::kRestore;
  const uint64_t data = restores             ? request.operand & ones
                        : place == kPastLast ? 0
                                             : reference.level(request.level).word(request.word);
  word_.sample({restores ? size_t{0} : size_t{1}, static_cast<size_t>(request.level), place,
                data == 0      ? size_t{0}
                : data == ones ? size_t{1}
                               : size_t{2}});
}

void StageCoverage::answer(const Request& request, uint32_t waited) {
  waited_.sample({class_bin(request.op), waiting_bin(waited)});
}

void StageCoverage::reset(size_t in_flight, const Request* youngest) {
  before_.reset();
  reset_.sample({std::min(in_flight, kMaxInFlight),
                 youngest == nullptr ? size_t{kNothing} : op_class(youngest->op)});
}

nlohmann::ordered_json StageCoverage::to_json() const {
  nlohmann::ordered_json json;
  for (const CoverGroup* group : {&operation_, &look_up_, &fill_, &complete_, &sum_, &pair_,
                                  &hazard_, &word_, &in_flight_, &waited_, &reset_})
    json[group->name()] = group->to_json();
  return json;
}

}  // namespace nestwalk::bench
