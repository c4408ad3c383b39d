// SPDX-License-Identifier: Apache-2.0
// Everything at random, each field from a weighted bag.
#include "tb/sequences/sequences.h"

#include "tb/sequences/queued_sequence.h"

namespace nestwalk::bench {
namespace {

enum class Action : uint8_t {
  kComplete,
  kCheck,
  kSetSegment,
  kWriteRegister,
  kInsert,
  kClear,
  kRestore,
  kSave,
};

class RandomSequence : public QueuedSequence {
 public:
  using QueuedSequence::QueuedSequence;

 private:
  void refill() override {
    static const Bag<Action> with_words{{Action::kComplete, 300},  {Action::kCheck, 400},
                                        {Action::kSetSegment, 10}, {Action::kWriteRegister, 20},
                                        {Action::kInsert, 80},     {Action::kClear, 5},
                                        {Action::kRestore, 10},    {Action::kSave, 30}};
    static const Bag<Action> without{{Action::kComplete, 300},  {Action::kCheck, 400},
                                     {Action::kSetSegment, 10}, {Action::kWriteRegister, 20},
                                     {Action::kInsert, 80},     {Action::kClear, 5}};
    static const Bag<uint32_t> idles{{0, 75}, {1, 15}, {2, 5}, {5, 5}};
    const Level level = any_level();
    switch ((parameters.keeps_words ? with_words : without).draw(random)) {
      case Action::kComplete:
        return send_after(idles.draw(random),
                          scenery.look_up(Op::kComplete, level,
                                          random.chance(50) ? scenery.mapped_page()
                                                            : scenery.page(Level::kGuest)));
      case Action::kCheck:
        return send_after(idles.draw(random),
                          scenery.look_up(Op::kCheck, level, scenery.page(level)));
      case Action::kSetSegment:
        return draw_segment(level);
      case Action::kWriteRegister:
        return write_register(level);
      case Action::kInsert:
        return send_after(idles.draw(random), scenery.insert(level, scenery.page(level)));
      case Action::kClear:
        return send_after(idles.draw(random), scenery.clear(level));
      case Action::kRestore:
        return send_after(idles.draw(random), scenery.restore(level, any_word(), data()));
      case Action::kSave:
        return send_after(idles.draw(random), scenery.save(level, any_word()));
    }
  }

  uint32_t any_word() { return static_cast<uint32_t>(random.below(parameters.words())); }

  uint64_t data() {
    static const Bag<int> kinds{{0, 20}, {1, 20}, {2, 60}};
    const int kind = kinds.draw(random);
    return kind == 0 ? 0 : kind == 1 ? ~uint64_t{0} : random.word() & random.word();
  }

  void draw_segment(Level level) {
    static const Bag<uint64_t> sizes{
        {0, 5}, {1, 10}, {2, 10}, {3, 10}, {64, 25}, {4096, 25}, {uint64_t{1} << 24, 15}};
    const uint64_t size = sizes.draw(random);
    uint64_t base = random.chance(85) ? random.word() & scenery.mask() : 0;
    if (level == Level::kVmm && random.chance(70))  // where the guest's pages go
      base = scenery.base(Level::kGuest) + scenery.offset(Level::kGuest) + random.below(64) - 32;
    base &= scenery.mask();
    const uint64_t limit = scenery.mask() - base < size ? scenery.mask() : base + size;
    static const Bag<int> offsets{{0, 10}, {1, 40}, {2, 50}};
    const int kind = offsets.draw(random);
    set_segment(level, base, limit,
                kind == 0   ? 0
                : kind == 1 ? random.below(1 << 20)
                            : random.word());
  }

  void write_register(Level level) {
    static const Bag<Op> registers{
        {Op::kWriteBase, 2}, {Op::kWriteLimit, 2}, {Op::kWriteOffset, 3}, {Op::kWriteEnable, 3}};
    const Op op = registers.draw(random);
    uint64_t value = scenery.page(level);
    if (op == Op::kWriteEnable) value = (value & ~uint64_t{1}) | (random.chance(80) ? 1 : 0);
    send(scenery.write(op, level, value));
  }
};

}  // namespace

std::unique_ptr<Sequence> make_random_sequence(const Parameters& parameters, uint64_t seed,
                                               uint64_t length) {
  return std::make_unique<RandomSequence>(parameters, seed, length);
}

}  // namespace nestwalk::bench
