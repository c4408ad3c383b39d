// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nestwalk::bench {

/// As in rtl/direct_segment_pkg.sv.
enum class Op : uint8_t {
  kComplete,
  kCheck,
  kWriteBase,
  kWriteLimit,
  kWriteOffset,
  kWriteEnable,
  kInsert,
  kClear,
  kRestore,
  kSave,
  kReserved,  ///< The first of the codes that mean nothing.
};
inline constexpr uint32_t kOps = 16;  ///< Codes of the op port.
inline constexpr std::array<const char*, static_cast<size_t>(Op::kReserved) + 1> kOpNames{
    "complete", "check", "write-base", "write-limit", "write-offset", "write-enable",
    "insert",   "clear", "restore",    "save",        "reserved"};

enum class Level : uint8_t { kGuest, kVmm };
inline constexpr std::array<const char*, 2> kLevelNames{"guest", "vmm"};

/// Which all codes without a meaning share.
constexpr size_t op_number(Op op) {
  return op < Op::kReserved ? static_cast<size_t>(op) : static_cast<size_t>(Op::kReserved);
}

/// Whether the answer is about segments.
constexpr bool is_look_up(Op op) {
  return op == Op::kComplete || op == Op::kCheck;
}

struct Request {
  Op op = Op::kCheck;
  Level level = Level::kGuest;
  uint32_t word = 0;
  uint64_t operand = 0;
  uint32_t id = 0;    ///< Set by the driver.
  uint32_t idle = 0;  ///< Cycles without a request before this one.
};

struct Answer {
  uint32_t id = 0;
  bool maps = false;
  uint32_t inside = 0;   ///< A bit a level.
  uint32_t escaped = 0;  ///< A bit a level.
  uint64_t page = 0;     ///< Or a filter word.
};

/// What the design under test was built with.
struct Parameters {
  const char* name = "";
  uint32_t page_width = 52;
  uint32_t filter_bits = 256;
  uint32_t hashes = 4;
  bool partitioned = true;
  uint64_t filter_seed = 1;
  uint32_t word_width = 32;
  bool guest_filter = true;
  uint32_t depth = 0;
  uint32_t id_width = 4;
  bool keeps_words = true;  ///< Has save, restore and reserved codes.

  uint32_t words() const { return filter_bits / word_width; }
  /// Numbers that the wires of a word's number can carry: those of the words, or more.
  uint32_t word_numbers() const {
    uint32_t numbers = 2;
    while (numbers < words()) numbers *= 2;
    return numbers;
  }
  uint32_t ids() const { return uint32_t{1} << id_width; }
  uint64_t page_mask() const { return (uint64_t{1} << page_width) - 1; }
  bool has_filter(Level level) const { return level == Level::kVmm || guest_filter; }
};

}  // namespace nestwalk::bench
