// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "model/filter/h3.h"
#include "model/segment/segment_registers.h"
#include "tb/bench/transaction.h"

namespace nestwalk::bench {

/// One segment level, made of the model's own cores: its comparator and its hashes.
class ReferenceLevel {
 public:
  /// nullopt: never written, or a reset met the write.
  struct Registers {
    bool enabled = false;
    std::optional<uint64_t> base;
    std::optional<uint64_t> limit;
    std::optional<uint64_t> offset;

    /// Not of a level that was switched on before BASE and LIMIT were ever written: its verdicts
    /// mean nothing.
    bool defined() const { return !enabled || (base && limit); }
    bool contain(uint64_t page) const;
  };

  ReferenceLevel(const Parameters& parameters, bool has_filter);

  /// Levels off and filters empty; BASE, LIMIT and OFFSET stay.
  void reset();
  void write(const Request& request);
  /// The request may have passed or not: a register that it writes is as if never written.
  void forget(const Request& request);

  bool inside(uint64_t page) const { return registers_.contain(page); }
  bool hit(uint64_t page) const;  ///< The filter reports the page.
  bool was_inserted(uint64_t page) const { return inserted_.count(page) != 0; }
  size_t bits_set() const { return bits_set_; }
  bool full() const { return bits_set_ == bits_.size(); }
  bool was_restored() const { return restored_; }  ///< A word, since the last clear or reset.
  uint64_t sum(uint64_t page) const;
  uint64_t word(uint32_t index) const;

  const Registers& registers() const { return registers_; }
  bool enabled() const { return registers_.enabled; }
  uint64_t base() const { return registers_.base.value_or(0); }
  uint64_t limit() const { return registers_.limit.value_or(0); }
  bool defined() const { return registers_.defined(); }
  /// Without it a sum means nothing.
  std::optional<uint64_t> offset() const { return registers_.offset; }

 private:
  void set_bit(size_t bit, bool value);
  void empty_filter();
  template <class Visit>
  void for_each_bit(uint64_t page, Visit visit) const;

  const Parameters& parameters_;
  bool has_filter_;
  H3 hash_;
  Registers registers_;
  std::vector<bool> bits_;
  size_t bits_set_ = 0;
  bool restored_ = false;
  std::set<uint64_t> inserted_;  ///< Since the last clear, reset or restore.
};

/// What the stage must answer to requests in the order in which it accepts them.
class ReferenceModel {
 public:
  using Registers = std::array<ReferenceLevel::Registers, 2>;  ///< By level.

  struct Expected {
    Request request;
    Answer answer;
    bool verdict_known = false;  ///< Whether `answer`'s bits mean something.
    bool page_known = false;     ///< Whether `answer.page` does.
    Registers registers;         ///< As the request meets them.
  };

  explicit ReferenceModel(const Parameters& parameters);

  Expected accept(const Request& request);
  void reset();
  /// A reset met the request before it was answered, or accepted.
  void forget(const Request& request) {
    levels_[static_cast<size_t>(request.level)].forget(request);
  }

  Registers registers() const { return {levels_[0].registers(), levels_[1].registers()}; }
  const ReferenceLevel& level(Level level) const { return levels_[static_cast<size_t>(level)]; }

 private:
  Expected look_up(const Request& request) const;

  Parameters parameters_;
  std::array<ReferenceLevel, 2> levels_;
};

}  // namespace nestwalk::bench
