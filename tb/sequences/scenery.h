// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tb/bench/random.h"
#include "tb/bench/transaction.h"

namespace nestwalk::bench {

/// What a sequence remembers of what it has set, to aim at it: edges of the segments, pages that
/// were inserted. It predicts nothing. Wires that an operation does not use are random.
class Scenery {
 public:
  Scenery(const Parameters& parameters, Random& random)
      : parameters_(parameters), random_(random) {}

  Request look_up(Op op, Level level, uint64_t page) const { return request(op, level, page); }

  /// A register's write, remembered.
  Request write(Op op, Level level, uint64_t value) {
    Registers& registers = of(level);
    value &= parameters_.page_mask();
    if (op == Op::kWriteBase) registers.base = value;
    if (op == Op::kWriteLimit) registers.limit = value;
    if (op == Op::kWriteOffset) registers.offset = value;
    return request(op, level, value);
  }
  Request insert(Level level, uint64_t page) {
    std::vector<uint64_t>& inserted = of(level).inserted;
    if (inserted.size() < kRemembered)
      inserted.push_back(page);
    else
      inserted[random_.below(kRemembered)] = page;
    return request(Op::kInsert, level, page);
  }
  Request clear(Level level) const { return request(Op::kClear, level, random_.word() & mask()); }
  Request restore(Level level, uint32_t word, uint64_t data) const {
    const uint64_t ones = (uint64_t{1} << parameters_.word_width) - 1;
    const uint64_t unused = random_.word() & mask() & ~ones;
    return {Op::kRestore, level, word, (data & ones) | unused, 0, 0};
  }
  Request save(Level level, uint32_t word) const {
    return {Op::kSave, level, word, random_.word() & mask(), 0, 0};
  }

  uint64_t base(Level level) const { return of(level).base; }
  uint64_t limit(Level level) const { return of(level).limit; }
  uint64_t offset(Level level) const { return of(level).offset; }
  uint64_t mask() const { return parameters_.page_mask(); }

  /// A page worth asking a level about: at an edge, inside, inserted, or any.
  uint64_t page(Level level) const {
    enum class Aim : uint8_t { kEdge, kInside, kInserted, kMapped, kAny };
    static const Bag<Aim> bag{{Aim::kEdge, 35},
                              {Aim::kInside, 25},
                              {Aim::kInserted, 25},
                              {Aim::kMapped, 10},
                              {Aim::kAny, 5}};
    const Registers& registers = of(level);
    const uint64_t size = registers.limit - registers.base;
    switch (bag.draw(random_)) {
      case Aim::kEdge:
        return ((random_.chance(50) ? registers.base : registers.limit) + random_.below(3) - 1) &
               mask();
      case Aim::kInside:
        return (registers.base + (size == 0 ? 0 : random_.below(size))) & mask();
      case Aim::kInserted:
        if (!registers.inserted.empty()) return random_.one_of(registers.inserted);
        return registers.base;
      case Aim::kMapped:  // of the guest level to an edge of the VMM's
        return (of(Level::kVmm).base + random_.below(3) - 1 - of(Level::kGuest).offset) & mask();
      case Aim::kAny:
        break;
    }
    return random_.word() & mask();
  }

  /// A page for the guest level that should come through to the VMM level's edges.
  uint64_t mapped_page() const { return (page(Level::kVmm) - of(Level::kGuest).offset) & mask(); }

 private:
  static constexpr size_t kRemembered = 16;

  struct Registers {
    uint64_t base = 0;
    uint64_t limit = 0;
    uint64_t offset = 0;
    std::vector<uint64_t> inserted;
  };
  Request request(Op op, Level level, uint64_t operand) const {
    const bool is_of_word = op == Op::kSave || op == Op::kRestore;
    const uint32_t word = static_cast<uint32_t>(
        random_.below(is_of_word ? parameters_.words() : parameters_.word_numbers()));
    return {op, level, word, operand, 0, 0};
  }
  Registers& of(Level level) { return registers_[static_cast<size_t>(level)]; }
  const Registers& of(Level level) const { return registers_[static_cast<size_t>(level)]; }

  Parameters parameters_;
  Random& random_;
  std::array<Registers, 2> registers_;
};

}  // namespace nestwalk::bench
