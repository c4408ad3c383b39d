// SPDX-License-Identifier: Apache-2.0
// What should not happen: resets under traffic, codes that mean nothing, registers that contradict
// each other, bits of the filter that flip, a taker that does not take.
#include "tb/sequences/queued_sequence.h"
#include "tb/sequences/sequences.h"

namespace nestwalk::bench {
namespace {

class ErrorsSequence : public QueuedSequence {
 public:
  using QueuedSequence::QueuedSequence;

  Readiness readiness() override { return {3, 40, 400}; }

 private:
  enum class Kind : uint8_t { kReset, kReserved, kContradiction, kFlip, kPastLastWord };

  void refill() override {
    static const Bag<Kind> with_words{{Kind::kReset, 35},
                                      {Kind::kReserved, 20},
                                      {Kind::kContradiction, 20},
                                      {Kind::kFlip, 15},
                                      {Kind::kPastLastWord, 10}};
    static const Bag<Kind> without{{Kind::kReset, 20}, {Kind::kContradiction, 80}};
    switch ((parameters.keeps_words ? with_words : without).draw(random)) {
      case Kind::kReset:
        return reset_under_traffic();
      case Kind::kReserved:
        return send_reserved();
      case Kind::kContradiction:
        return contradict();
      case Kind::kFlip:
        return flip_a_bit();
      case Kind::kPastLastWord:
        return restore_past_the_last_word();
    }
  }

  void look_up_some(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      const Level level = any_level();
      send(scenery.look_up(random.chance(50) ? Op::kCheck : Op::kComplete, level,
                           scenery.page(level)));
    }
  }

  /// After it levels are off and filters empty, whatever was under way.
  void reset_under_traffic() {
    const uint64_t guest = 64 + random.below(scenery.mask() / 2);
    const uint64_t vmm = 64 + random.below(scenery.mask() / 2);
    set_segment(Level::kGuest, guest, guest + 64, vmm - guest);
    set_segment(Level::kVmm, vmm, vmm + 64, random.word());
    for (const Level level : {Level::kGuest, Level::kVmm})
      for (int i = 0; i < 4; ++i) send(scenery.insert(level, scenery.page(level)));
    look_up_some(random.below(6));
    if (random.chance(50))
      send_after(static_cast<uint32_t>(2 + random.below(3)),
                 scenery.look_up(Op::kCheck, Level::kVmm, scenery.page(Level::kVmm)));
    if (random.chance(70)) send_last();
    static const Bag<uint32_t> idles{{0, 60}, {2, 15}, {20, 25}};  // by then nothing is under way
    send_reset_after(idles.draw(random));
    if (random.chance(50)) send(any_change());  // in the very next cycle: it holds
    look_up_some(4);
    if (parameters.keeps_words) save_all(any_level());
    for (const Level level : {Level::kGuest, Level::kVmm}) {
      send(scenery.write(Op::kWriteEnable, level, 1));  // the other registers as they were
      for (int i = 0; i < 4; ++i) send(scenery.look_up(Op::kCheck, level, scenery.page(level)));
    }
    for (int i = 0; i < 4; ++i)
      send(scenery.look_up(Op::kComplete, any_level(), scenery.page(Level::kGuest)));
  }

  /// What the reset should find under way: it wins.
  void send_last() {
    // Alone, or with what went right before it.
    send_after(random.chance(50) ? 0 : static_cast<uint32_t>(2 + random.below(3)), any_change());
  }

  Request any_change() {
    static const Bag<Op> with_words{
        {Op::kWriteBase, 1}, {Op::kWriteLimit, 1}, {Op::kWriteOffset, 1}, {Op::kWriteEnable, 3},
        {Op::kInsert, 2},    {Op::kClear, 2},      {Op::kRestore, 2},     {Op::kSave, 1}};
    static const Bag<Op> without{{Op::kWriteBase, 1},   {Op::kWriteLimit, 1}, {Op::kWriteOffset, 1},
                                 {Op::kWriteEnable, 3}, {Op::kInsert, 2},     {Op::kClear, 2}};
    Request change = scenery.look_up((parameters.keeps_words ? with_words : without).draw(random),
                                     any_level(), random.word() & scenery.mask());
    if (change.op == Op::kWriteEnable) change.operand |= 1;
    if (change.op == Op::kRestore) change.operand = scenery.mask();
    return change;
  }

  /// They change nothing.
  void send_reserved() {
    const uint32_t first = static_cast<uint32_t>(Op::kReserved);
    const Level level = any_level();
    send(scenery.look_up(static_cast<Op>(first + random.below(kOps - first)), level,
                         random.word() & scenery.mask()));
    look_up_some(2);
    save_all(level);
  }

  void save_all(Level level) {
    for (uint32_t word = 0; word < parameters.words(); ++word) send(scenery.save(level, word));
  }

  void contradict() {
    const Level level = any_level();
    const uint64_t low = 64 + random.below(scenery.mask() / 2);
    set_segment(level, low + random.below(100), low, random.word());
    send(scenery.clear(level));
    look_up_some(6);
  }

  /// Numbers that no word has: restoring changes nothing.
  void restore_past_the_last_word() {
    const uint32_t words = parameters.words();
    const uint32_t numbers = parameters.word_numbers();
    if (words == numbers) return;
    const Level level = any_level();
    if (random.chance(50)) send(scenery.clear(level));
    for (int i = 0; i < 3; ++i) {
      const uint32_t word = words + static_cast<uint32_t>(random.below(numbers - words));
      const uint64_t data = i == 0 ? 0 : i == 1 ? ~uint64_t{0} : random.word();
      send(scenery.restore(level, word, data));
      if (random.chance(50)) send(scenery.save(level, word));
    }
    look_up_some(2);
    save_all(level);
  }

  /// A soft error: set, an unset bit only makes pages escape; unset, one that was inserted no
  /// longer does. The bench must see either in the answers.
  void flip_a_bit() {
    const Level level = any_level();
    const uint64_t base = 64 + random.below(scenery.mask() / 2);
    set_segment(level, base, base + 16, random.word());
    send(scenery.clear(level));
    for (uint64_t page = 0; page < 4; ++page) send(scenery.insert(level, base + page));
    const uint32_t word = static_cast<uint32_t>(random.below(parameters.words()));
    send(scenery.save(level, word));
    send(scenery.restore(level, word, uint64_t{1} << random.below(parameters.word_width)));
    for (uint64_t page = 0; page < 16; ++page)
      send(scenery.look_up(Op::kCheck, level, base + page));
    send(scenery.save(level, word));
  }
};

}  // namespace

std::unique_ptr<Sequence> make_errors_sequence(const Parameters& parameters, uint64_t seed,
                                               uint64_t length) {
  return std::make_unique<ErrorsSequence>(parameters, seed, length);
}

}  // namespace nestwalk::bench
