// SPDX-License-Identifier: Apache-2.0
// The directed corner cases: what published designs and models have got wrong, each with numbers of
// its own every time round.
#include <array>

#include "tb/sequences/queued_sequence.h"
#include "tb/sequences/sequences.h"

namespace nestwalk::bench {
namespace {

class CornersSequence : public QueuedSequence {
 public:
  using QueuedSequence::QueuedSequence;

 private:
  using Corner = void (CornersSequence::*)();

  void refill() override {
    static constexpr std::array<Corner, 15> corners{
        &CornersSequence::edges,
        &CornersSequence::one_page,
        &CornersSequence::one_bit_away,
        &CornersSequence::base_is_limit,
        &CornersSequence::limit_below_base,
        &CornersSequence::whole_space,
        &CornersSequence::offset_wraps,
        &CornersSequence::large_page_straddles_edge,
        &CornersSequence::table_page_outside_vmm_segment,
        &CornersSequence::guest_partly_inside_vmm,
        &CornersSequence::escaped_table_page,
        &CornersSequence::escaped_at_edges,
        &CornersSequence::filter_round_trip,
        &CornersSequence::filter_filled_up,
        &CornersSequence::registers_survive_switching_off,
    };
    (this->*corners[round_++ % corners.size()])();
  }

  void check(Level level, uint64_t page) {
    send(scenery.look_up(Op::kCheck, level, page & scenery.mask()));
  }
  void complete(uint64_t page) {
    send(scenery.look_up(Op::kComplete, any_level(), page & scenery.mask()));
  }
  void check_around(Level level, uint64_t page) {
    for (uint64_t near = 0; near < 5; ++near) check(level, page + near - 2);
  }

  uint64_t some_base() { return 64 + random.below(scenery.mask() / 2); }

  /// BASE, LIMIT and their neighbours, both levels.
  void edges() {
    for (const Level level : {Level::kGuest, Level::kVmm}) {
      const uint64_t base = some_base();
      set_segment(level, base, base + 100, random.word());
      check_around(level, base);
      check_around(level, base + 100);
    }
  }

  void one_page() {
    const Level level = any_level();
    const uint64_t base = some_base();
    set_segment(level, base, base + 1, random.word());
    check_around(level, base);
  }

  /// Pages that are like an inside one but for a bit: a comparator must look at each.
  void one_bit_away() {
    const Level level = any_level();
    const uint64_t base = some_base();
    set_segment(level, base, base + 16, random.word());
    for (uint32_t bit = 0; bit < parameters.page_width; ++bit)
      check(level, (base + random.below(16)) ^ uint64_t{1} << bit);
  }

  void base_is_limit() {
    const Level level = any_level();
    const uint64_t base = random.chance(30) ? 0 : some_base();
    set_segment(level, base, base, random.word());
    check_around(level, base);
  }

  void limit_below_base() {
    const Level level = any_level();
    const uint64_t base = some_base();
    set_segment(level, base, base - 5, random.word());
    check_around(level, base);
    check_around(level, base - 5);
  }

  /// All pages but the last: LIMIT is at most the last page's number.
  void whole_space() {
    const Level level = any_level();
    set_segment(level, 0, scenery.mask(), random.word());
    send(scenery.clear(level));
    check_around(level, 0);
    check_around(level, scenery.mask());
  }

  void offset_wraps() {
    for (const Level level : {Level::kGuest, Level::kVmm}) {
      const uint64_t base = some_base();
      set_segment(level, base, base + 100, 0 - base - 50);  // to -50 ... 49
      send(scenery.clear(level));
      check_around(level, base + 50);
      if (level == Level::kGuest) complete(base + 50);
    }
    set_segment(Level::kVmm, 0, 1000, ~uint64_t{0});
    for (const uint64_t page : {uint64_t{0}, uint64_t{1}}) check(Level::kVmm, page);
    complete(scenery.base(Level::kGuest) + 50);
  }

  /// A segment that begins and ends within a 2M page: its 4K pages answer each for itself.
  void large_page_straddles_edge() {
    const Level level = any_level();
    const uint64_t large = some_base() & ~uint64_t{511};
    set_segment(level, large + 100, large + 200, random.word());
    send(scenery.clear(level));
    for (const uint64_t page : {0, 99, 100, 150, 199, 200, 511, 512}) check(level, large + page);
  }

  /// What the walker meets besides data: the root and tables anywhere.
  void table_page_outside_vmm_segment() {
    const uint64_t base = some_base();
    set_segment(Level::kVmm, base, base + 50, random.word());
    send(scenery.clear(Level::kVmm));
    for (const uint64_t table : {base - 1, base + 3, base + 50, uint64_t{0}, scenery.mask()})
      check(Level::kVmm, table);
  }

  void guest_partly_inside_vmm() {
    const uint64_t guest = some_base();
    const uint64_t vmm = some_base();
    set_segment(Level::kGuest, guest, guest + 100, vmm - guest - 50);
    set_segment(Level::kVmm, vmm, vmm + 20, random.word());
    send(scenery.clear(Level::kGuest));
    send(scenery.clear(Level::kVmm));
    for (const uint64_t page : {0, 49, 50, 69, 70, 99, 100}) complete(guest + page);
  }

  void escaped_table_page() {
    const uint64_t base = some_base();
    set_segment(Level::kVmm, base, base + 50, random.word());
    send(scenery.clear(Level::kVmm));
    check(Level::kVmm, base + 7);
    send(scenery.insert(Level::kVmm, base + 7));
    check(Level::kVmm, base + 7);
    check(Level::kVmm, base + 8);
    send(scenery.clear(Level::kVmm));
    check(Level::kVmm, base + 7);
  }

  void escaped_at_edges() {
    for (const Level level : {Level::kGuest, Level::kVmm}) {
      const uint64_t base = some_base();
      set_segment(level, base, base + 30, random.word());
      send(scenery.clear(level));
      for (const uint64_t page : {base - 1, base, base + 29, base + 30}) {
        send(scenery.insert(level, page));
        check(level, page);
      }
      check_around(level, base);
      check_around(level, base + 30);
    }
  }

  /// Saved, lost, restored: as at a VM switch.
  void filter_round_trip() {
    const Level level = any_level();
    const uint64_t base = some_base();
    set_segment(level, base, base + 100, random.word());
    for (uint64_t page = 0; page < 10; ++page) send(scenery.insert(level, base + 10 * page));
    if (!parameters.keeps_words) return;
    for (uint32_t word = 0; word < parameters.words(); ++word) send(scenery.save(level, word));
    for (uint32_t word = 0; word < parameters.words(); ++word)
      send(scenery.restore(level, word, random.word()));
    for (uint32_t word = 0; word < parameters.words(); ++word) send(scenery.save(level, word));
    for (uint64_t page = 0; page < 10; ++page) check(level, base + 10 * page);
  }

  /// Until every bit is set, all but surely: then each inside page escapes, inserted or not.
  void filter_filled_up() {
    const Level level = any_level();
    const uint64_t base = some_base();
    set_segment(level, base, base + 100, random.word());
    send(scenery.clear(level));
    const uint32_t inserts_a_bit = 12;  // leave one of 256 bits unset in one of 600 times
    for (uint32_t i = 0; i < inserts_a_bit * parameters.filter_bits / parameters.hashes; ++i)
      send(scenery.insert(level, random.word() & scenery.mask()));
    for (int i = 0; i < 10; ++i) check(level, base + random.below(100));
    check_around(level, base);
    check_around(level, base + 100);
    send(scenery.clear(level));
    check_around(level, base + 50);
  }

  void registers_survive_switching_off() {
    const Level level = any_level();
    const uint64_t base = some_base();
    set_segment(level, base, base + 10, random.word());
    send(scenery.write(Op::kWriteEnable, level, 0));
    check_around(level, base);
    send(scenery.write(Op::kWriteEnable, level, 1));
    check_around(level, base);
  }

  uint64_t round_ = 0;
};

}  // namespace

std::unique_ptr<Sequence> make_corners_sequence(const Parameters& parameters, uint64_t seed,
                                                uint64_t length) {
  return std::make_unique<CornersSequence>(parameters, seed, length);
}

}  // namespace nestwalk::bench
