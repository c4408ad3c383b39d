// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>
#include <unordered_map>

#include "model/context/translation_context.h"
#include "model/filter/escape_filter.h"
#include "model/random/split_mix.h"
#include "tests/support/random.h"

namespace nestwalk::reference {

using test::Random;

/// Host-physical memory without end in which every page is a table: what an entry holds is drawn,
/// by its address, when it is first read. The frame number says what table a page is: bit 5 whether
/// of the nested dimension, bits 2:0 its level. Entries point mostly to tables of the next level
/// down, are mostly present and well-formed, and now and then anything at all. Past an end, if it
/// has one, it reads as 0.
class RandomMemory {
 public:
  static constexpr uint64_t kNestedTable = 1 << 5;
  static constexpr uint64_t kLevelMask = 7;
  static constexpr uint64_t kFrames = 1 << 20;  ///< Most addresses are below 4 GiB.

  RandomMemory(uint64_t seed, NestedFormat format) : seed_(seed), format_(format) {}

  uint64_t read(uint64_t address) const {
    if (address >= end_) return 0;
    const auto changed = words_.find(address);
    return changed == words_.end() ? draw(address) : changed->second;
  }
  void set_bits(uint64_t address, uint64_t bits) { words_[address] = read(address) | bits; }
  void write(uint64_t address, uint64_t word) { words_[address] = word; }
  /// From here on no entry that is drawn has G.
  void forbid_global() { global_ = false; }
  /// From here on it ends there.
  void end_at(uint64_t address) { end_ = address; }

  const std::unordered_map<uint64_t, uint64_t>& changed() const { return words_; }

  /// A frame for a table of a level.
  static uint64_t table_frame(Random& random, int level, bool nested) {
    const uint64_t frame = random.below(kFrames) & ~(kNestedTable | kLevelMask);
    return frame | static_cast<uint64_t>(level) | (nested ? kNestedTable : 0);
  }

 private:
  uint64_t draw(uint64_t address) const {
    Random random(scrambled(seed_ ^ scrambled(address)));
    const uint64_t frame = address >> 12;
    const int level = static_cast<int>(frame & kLevelMask);
    const bool nested = (frame & kNestedTable) != 0;
    const bool large = (level == 2 || level == 3) && random.chance(30);
    uint64_t entry = nested && format_ == NestedFormat::kEpt ? draw_ept(random, level, large)
                                                             : draw_x86(random, large);
    entry |= target(random, level, nested, large, address >> 3 & 511) << 12;
    if (random.chance(1)) entry ^= uint64_t{1} << random.below(64);
    if (!global_ && !(nested && format_ == NestedFormat::kEpt)) entry &= ~(uint64_t{1} << 8);
    return entry;
  }

  static uint64_t draw_x86(Random& random, bool large) {
    uint64_t entry = 0;
    entry |= random.chance(98) ? 1 : 0;
    entry |= random.chance(90) ? 2 : 0;
    entry |= random.chance(92) ? 4 : 0;
    entry |= random.below(16) << 3 & 0x78;  // PWT, PCD, A, D
    entry |= large ? 0x80 : 0;
    entry |= random.below(16) << 8;  // G and the ignored bits
    entry |= random.chance(3) ? uint64_t{1} << 63 : 0;
    return entry;
  }

  static uint64_t draw_ept(Random& random, int level, bool large) {
    static constexpr uint64_t kTypes[] = {0, 1, 4, 5, 6, 6, 6, 6};
    uint64_t entry = 7;
    if (random.chance(10)) entry = random.below(8);
    if (large || level == 1) entry |= kTypes[random.below(8)] << 3 | random.below(2) << 6;
    entry |= large ? 0x80 : 0;
    entry |= random.below(16) << 8;  // A, D, ignored
    return entry;
  }

  static uint64_t target(Random& random, int level, bool nested, bool large, uint64_t index) {
    if (large) {
      const uint64_t frames = level == 3 ? 1 << 18 : 1 << 9;
      return random.below(kFrames) / frames * frames;
    }
    if (level > 1) return table_frame(random, level - 1, nested);
    // A 4K page keeps the kind of table that the frame number below it tells.
    return (random.below(kFrames) & ~uint64_t{63}) | (index & 63);
  }

  uint64_t seed_;
  NestedFormat format_;
  bool global_ = true;
  uint64_t end_ = ~uint64_t{0};
  std::unordered_map<uint64_t, uint64_t> words_;
};

/// A random setting of all registers, for tables in a RandomMemory, and addresses to try.
class RandomContext {
 public:
  explicit RandomContext(Random& random) {
    TranslationContext& context = context_;
    context.virtualized = random.chance(80);
    context.guest.levels = random.chance(70) ? 4 : 5;
    context.guest.maxphyaddr = random.chance(20) ? 36 : 46;
    context.guest.nx_enabled = random.chance(80);
    context.guest.write_protect = random.chance(70);
    context.guest.smep = random.chance(30);
    context.guest.smap = random.chance(30);
    context.guest.root =
        GuestPhysical(RandomMemory::table_frame(random, context.guest.levels, false) << 12);
    context.nested.format = random.chance(50) ? NestedFormat::kEpt : NestedFormat::kNpt;
    context.nested.levels = random.chance(70) ? 4 : 5;
    context.nested.maxphyaddr = random.chance(20) ? 36 : 46;
    context.nested.nx_enabled = random.chance(80);
    context.nested.accessed_dirty = random.chance(50);
    context.nested.root =
        HostPhysical(RandomMemory::table_frame(random, context.nested.levels, true) << 12);
    region_ = sign_extend(random.word());
    if (random.chance(50)) context.guest_segment = guest_segment(random);
    if (random.chance(50)) context.vmm_segment = vmm_segment(random);
    if (random.chance(3)) context.guest.root = context.guest.root + (uint64_t{1} << 49);
  }

  const TranslationContext& context() const { return context_; }

  /// Mostly near the guest segment and the addresses before.
  GuestVirtual address(Random& random) const {
    if (random.chance(2)) return GuestVirtual(random.word());
    if (random.chance(20)) return GuestVirtual(sign_extend(random.word()));
    const GuestSegment& segment = context_.guest_segment;
    if (segment.enabled() && random.chance(20))
      return GuestVirtual((random.chance(50) ? segment.base() : segment.limit()).value() +
                          random.below(16) - 8);
    return GuestVirtual(region_ + random.below(uint64_t{1} << (12 + random.below(20))));
  }

  static Access access(Random& random) {
    return {static_cast<AccessKind>(random.below(3)), random.chance(50)};
  }

  /// Puts some pages into the filters: near the region, and all over the VMM segment's pages.
  void fill(Random& random, EscapeFilter& guest, EscapeFilter& vmm) const {
    for (uint64_t i = random.below(8); i != 0; --i)
      guest.insert((region_ >> 12) + random.below(1024));
    for (uint64_t i = random.below(24); i != 0; --i)
      vmm.insert(random.below(RandomMemory::kFrames));
  }

 private:
  uint64_t sign_extend(uint64_t address) const {
    const int unused = context_.guest.levels == 5 ? 7 : 16;
    return static_cast<uint64_t>(static_cast<int64_t>(address << unused) >> unused);
  }

  GuestSegment guest_segment(Random& random) const {
    const uint64_t base = region_ + (random.below(2048) << 12);
    const uint64_t length = random.below(uint64_t{1} << random.below(20)) << 12;
    uint64_t offset = (random.below(RandomMemory::kFrames) << 12) - base;
    if (random.chance(30)) offset = ((random.below(4) << 30) + (region_ & 0x3fffffff)) - region_;
    if (random.chance(10)) offset = random.word();
    return make<GuestSegment>(base, length, offset);
  }

  static VmmSegment vmm_segment(Random& random) {
    const uint64_t base = random.below(RandomMemory::kFrames) << 12;
    const uint64_t length = random.below(uint64_t{1} << random.below(22)) << 12;
    uint64_t offset = random.below(RandomMemory::kFrames) << 18;  // keeps the kinds of tables
    if (random.chance(40)) offset = random.below(16) << 30;
    if (random.chance(10)) offset = random.word();
    return make<VmmSegment>(base, length, offset);
  }

  template <class Segment>
  static Segment make(uint64_t base, uint64_t length, uint64_t offset) {
    const uint64_t start = base & ~uint64_t{0xfff};
    const uint64_t end = start + length < start ? start : start + length;
    using From = std::decay_t<decltype(Segment().base())>;
    return Segment(From(start), From(end), offset & ~uint64_t{0xfff});
  }

  TranslationContext context_;
  uint64_t region_ = 0;
};

}  // namespace nestwalk::reference
