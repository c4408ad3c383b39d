// SPDX-License-Identifier: Apache-2.0
// Aims at the crosses of the plan one bin at a time: sets up a level, a page at a boundary and the
// filter's answer about it, lets one operation go before, and looks the page up right behind it.
#include <utility>

#include "tb/sequences/queued_sequence.h"
#include "tb/sequences/sequences.h"

namespace nestwalk::bench {
namespace {

enum class Where : uint8_t {
  kOff,
  kEmpty,
  kInverted,
  kBelow,
  kBaseMinus1,
  kLimit,
  kAbove,
  kBase,
  kInside,
  kLimitMinus1,
};
constexpr uint64_t kWheres = 10;
enum class Filter : uint8_t { kInserted, kFalsePositive, kNotIn };
enum class Before : uint8_t { kNothing, kLookUp, kRegister, kInsert, kClear, kWord };
constexpr uint64_t kBefores = 6;
constexpr uint64_t kFilters = 3;

constexpr Level other(Level level) {
  return level == Level::kGuest ? Level::kVmm : Level::kGuest;
}

class CrossesSequence : public QueuedSequence {
 public:
  using QueuedSequence::QueuedSequence;

  Readiness readiness() override { return {16, 6}; }

 private:
  void refill() override {
    static const Bag<int> bursts{{0, 60}, {1, 30}, {2, 10}};
    switch (bursts.draw(random)) {
      case 0:
        return ask_level();
      case 1:
        return ask_both();
      default:
        return ask_pairs();
    }
  }

  /// One level, by a check or by the part of a completion that is its: a bin after the other.
  void ask_level() {
    const uint64_t turn = turn_++;
    const Level level = turn % 2 == 0 ? Level::kGuest : Level::kVmm;
    const Where where = static_cast<Where>(turn / 2 % kWheres);
    const uint64_t page = place(level, where);
    fill_filter(level, page, static_cast<Filter>(turn / 2 / kWheres % kFilters));
    const Before before = static_cast<Before>(turn / 2 / kWheres / kFilters % kBefores);
    const bool at_other = random.chance(25);
    const bool completes = random.chance(50);
    if (completes && level == Level::kVmm) lead_to(page);
    const uint64_t asked = completes && level == Level::kVmm
                               ? (page - scenery.offset(Level::kGuest)) & scenery.mask()
                               : page;
    const uint32_t idle =
        at_other ? go_before(before, other(level)) : go_before_here(before, level, page, where);
    send_after(idle, scenery.look_up(completes ? Op::kComplete : Op::kCheck, level, asked));
  }

  /// A completion, by the outcome at each level.
  void ask_both() {
    const bool guest_inside = random.chance(80);
    const uint64_t vmm_page =
        place(Level::kVmm,
              random.chance(75) ? Where::kInside : static_cast<Where>(random.below(kWheres)));
    lead_to(vmm_page);
    const uint64_t page = (vmm_page - scenery.offset(Level::kGuest)) & scenery.mask();
    if (!guest_inside) send(scenery.write(Op::kWriteEnable, Level::kGuest, 0));
    const bool guest_escapes = random.chance(30);
    if (guest_escapes) send(scenery.insert(Level::kGuest, page));
    fill_filter(Level::kVmm, vmm_page, static_cast<Filter>(random.below(kFilters)));
    const Before before = static_cast<Before>(random.below(kBefores));
    const uint32_t idle = go_before(before, guest_escapes ? Level::kVmm : Level::kGuest);
    send_after(idle, scenery.look_up(Op::kComplete, any_level(), page));
  }

  /// Any operation right behind any other.
  void ask_pairs() {
    for (int i = 0; i < 8; ++i)
      one(static_cast<Before>(1 + random.below(kBefores - 1)), any_level());
  }

  /// A segment and a page of it, or beside it.
  uint64_t place(Level level, Where where) {
    static const Bag<uint64_t> sizes{{3, 20}, {16, 40}, {5000, 40}};
    const uint64_t size = sizes.draw(random);
    const uint64_t base = 4 + random.below(scenery.mask() - 2 * size - 8);
    const uint64_t limit = base + size;
    const bool far = random.chance(50);
    static const Bag<int> offsets{{0, 20}, {1, 40}, {2, 40}};
    const int kind = offsets.draw(random);
    const uint64_t offset = kind == 0 ? 0 : kind == 1 ? random.below(1 << 16) : random.word();
    set_segment(level, where == Where::kInverted ? limit : base,
                where == Where::kInverted ? base
                : where == Where::kEmpty  ? base
                                          : limit,
                offset);
    if (where == Where::kOff) send(scenery.write(Op::kWriteEnable, level, 0));
    switch (where) {
      case Where::kBelow:
        return far ? random.below(base - 1) : base - 2;
      case Where::kBaseMinus1:
        return base - 1;
      case Where::kLimit:
        return limit;
      case Where::kAbove:
        return limit + 1 + (far ? random.below(scenery.mask() - limit) : 0);
      case Where::kBase:
        return base;
      case Where::kLimitMinus1:
        return limit - 1;
      default:
        return base + 1 + random.below(size - 2);
    }
  }

  /// A guest segment that maps some page to this one, with nothing in its filter.
  void lead_to(uint64_t page) {
    const uint64_t from = 8 + random.below(scenery.mask() - 16);
    set_segment(Level::kGuest, from - 2, from + 2, page - from);
    send(scenery.clear(Level::kGuest));
  }

  void fill_filter(Level level, uint64_t page, Filter filter) {
    send(scenery.clear(level));
    if (filter == Filter::kInserted) send(scenery.insert(level, page));
    if (filter == Filter::kFalsePositive) flood(level);
  }

  /// Leaves few bits unset.
  void flood(Level level) {
    if (parameters.keeps_words) {
      for (uint32_t word = 0; word < parameters.words(); ++word)
        send(scenery.restore(level, word, ~uint64_t{0}));
    } else {
      for (uint32_t i = 0; i < parameters.filter_bits; ++i)
        send(scenery.insert(level, random.word() & scenery.mask()));
    }
  }

  /// The operation before, on a level whose filter may change; how long to wait after it.
  uint32_t go_before(Before before, Level level) {
    if (before == Before::kNothing) return 1 + static_cast<uint32_t>(random.below(3));
    one(before, level);
    return 0;
  }

  /// On the level that will be asked, whose filter goes on saying the same about the page unless
  /// it is cleared.
  uint32_t go_before_here(Before before, Level level, uint64_t page, Where where) {
    if (before == Before::kInsert) {
      send(scenery.insert(level, page ^ (1 + random.below(scenery.mask()))));
    } else if (before == Before::kWord && parameters.keeps_words) {
      send(scenery.save(level, static_cast<uint32_t>(random.below(parameters.words()))));
    } else if (before == Before::kRegister) {
      correct_a_register(level, where);
    } else {
      return go_before(before, level);
    }
    return 0;
  }

  /// Sets one register wrong, then as it was: the look-up right behind must see that.
  void correct_a_register(Level level, Where where) {
    static const Bag<Op> registers{{Op::kWriteBase, 25},
                                   {Op::kWriteLimit, 25},
                                   {Op::kWriteOffset, 25},
                                   {Op::kWriteEnable, 25}};
    const Op op = registers.draw(random);
    const uint64_t enable = where == Where::kOff ? 0 : 1;
    const auto [right, wrong] =
        op == Op::kWriteBase    ? std::pair(scenery.base(level), scenery.limit(level))
        : op == Op::kWriteLimit ? std::pair(scenery.limit(level), scenery.base(level))
        : op == Op::kWriteOffset
            ? std::pair(scenery.offset(level), ~scenery.offset(level) & scenery.mask())
            : std::pair(enable, 1 - enable);
    send(scenery.write(op, level, wrong));
    send(scenery.write(op, level, right));
  }

  void one(Before kind, Level level) {
    switch (kind) {
      case Before::kNothing:
      case Before::kLookUp:
        return send(scenery.look_up(random.chance(50) ? Op::kCheck : Op::kComplete, level,
                                    scenery.page(level)));
      case Before::kRegister:
        return send(scenery.write(Op::kWriteOffset, level, scenery.offset(level)));
      case Before::kInsert:
        return send(scenery.insert(level, scenery.page(level)));
      case Before::kClear:
        return send(scenery.clear(level));
      case Before::kWord:
        break;
    }
    const uint32_t word = static_cast<uint32_t>(random.below(parameters.words()));
    if (!parameters.keeps_words) return;
    static const Bag<uint64_t> data{{0, 1}, {~uint64_t{0}, 1}, {0x5a3c96c35aa5f00f, 1}};
    if (random.chance(50))
      send(scenery.restore(level, word, data.draw(random)));
    else
      send(scenery.save(level, word));
  }

  uint64_t turn_ = 0;
};

}  // namespace

std::unique_ptr<Sequence> make_crosses_sequence(const Parameters& parameters, uint64_t seed,
                                                uint64_t length) {
  return std::make_unique<CrossesSequence>(parameters, seed, length);
}

}  // namespace nestwalk::bench
