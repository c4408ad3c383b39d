// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>

#include "model/filter/escape_filter.h"
#include "model/segment/segment_registers.h"
#include "rtl/cosimulation/rtl_build.h"
#include "rtl/cosimulation/verilated_stage.h"

namespace nestwalk {

/// What one level of the RTL holds, and its loading through the ports that software would use: a
/// filter that only gained pages by insertion, any other a word at a time. Words mean something to
/// the filter that the RTL was built with alone: one of another configuration is inserted page by
/// page, so that what is in it escapes.
template <class Segment>
class LoadedLevel {
 public:
  LoadedLevel(VerilatedStage& stage, VerilatedStage::Level level) : stage_(stage), level_(level) {}

  /// `filter` nullptr: nothing escapes.
  void load(const Segment& segment, const EscapeFilter* filter) {
    if (!(segment == segment_)) load_registers(segment);
    const uint64_t content = filter == nullptr ? kEmpty : filter->content();
    if (content != content_) load_filter(filter);
    content_ = content;
  }

 private:
  using Op = VerilatedStage::Op;

  static constexpr uint64_t kEmpty = 0;  ///< No filter's content.

  void write(Op op, uint64_t operand, uint32_t word = 0) {
    stage_.write(op, level_, operand, word);
  }

  void load_registers(const Segment& segment) {
    write(Op::kWriteEnable, 0);
    write(Op::kWriteBase, segment.base().page());
    write(Op::kWriteLimit, segment.limit().page());
    write(Op::kWriteOffset, segment.offset() >> shift(PageSize::k4K));
    write(Op::kWriteEnable, segment.enabled() ? 1 : 0);
    segment_ = segment;
  }

  void load_filter(const EscapeFilter* filter) {
    static const std::set<uint64_t> none;
    const std::set<uint64_t>& pages = filter == nullptr ? none : filter->inserted();
    if (pages.empty())
      write(Op::kClear, 0);
    else if (std::includes(pages.begin(), pages.end(), pages_.begin(), pages_.end()))
      insert(pages);
    else if (filter->config() == rtl_filter())
      restore(*filter);
    else
      insert_anew(pages);
    pages_ = pages;
  }

  void insert(const std::set<uint64_t>& pages) {
    for (const uint64_t page : pages)
      if (pages_.count(page) == 0) write(Op::kInsert, page);
  }

  void insert_anew(const std::set<uint64_t>& pages) {
    write(Op::kClear, 0);
    for (const uint64_t page : pages) write(Op::kInsert, page);
  }

  void restore(const EscapeFilter& filter) {
    const uint32_t words = filter.config().bits / VerilatedStage::kWordBits;
    for (uint32_t word = 0; word < words; ++word)
      write(Op::kRestore, static_cast<uint32_t>(filter.words()[word / 2] >> (word % 2 * 32)), word);
  }

  VerilatedStage& stage_;
  VerilatedStage::Level level_;
  Segment segment_;
  uint64_t content_ = kEmpty;
  std::set<uint64_t> pages_;
};

}  // namespace nestwalk
