// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "model/filter/escape_filter.h"
#include "model/segment/segment_registers.h"
#include "sim/software/allocator/frame_set.h"
#include "sim/software/ledger.h"

namespace nestwalk {

/// What the owner of a segment knows beside its registers: the contiguous block behind it, which
/// pages are not in their places there, and which of these escape. The guest OS has one a process,
/// the VMM one a VM. Pages and frames are 4K, by number.
template <class From, class To>
class SegmentLevel {
 public:
  using Registers = SegmentRegisters<From, To>;

  /// Contiguous frames that a run of pages has, page for page.
  struct Block {
    FrameRun pages;
    uint64_t first_frame = 0;

    uint64_t place(uint64_t page) const { return first_frame + (page - pages.first); }
    FrameRun frames() const { return {first_frame, pages.count}; }
  };

  /// What MMUs must be told of.
  struct Changes {
    bool segment = false;   ///< The registers were written.
    bool filter = false;    ///< The filter was.
    bool mappings = false;  ///< Something that translated may fault now.
  };

  /// `filter` unset: the level has none, nothing can escape. `most_escapes`: by `open`.
  SegmentLevel(const std::optional<FilterConfig>& filter, uint64_t most_escapes)
      : most_escapes_(most_escapes) {
    if (filter) filter_.emplace(*filter);
  }

  Changes take_changes() { return std::exchange(changes_, Changes{}); }

  const std::optional<Block>& block() const { return block_; }
  void set_block(const std::optional<Block>& block) {
    block_ = block;
    if (block_) return;
    displaced_.clear();
    escaped_.clear();
    opened_.clear();
  }
  bool in_block(uint64_t page) const { return block_ && block_->pages.contains(page); }

  /// A page of the block that is not in its place.
  void displace(uint64_t page) { displaced_.insert(page); }
  void put_back(uint64_t page) { displaced_.erase(page); }
  bool is_displaced(uint64_t page) const { return displaced_.count(page) != 0; }
  std::vector<uint64_t> displaced() const { return {displaced_.begin(), displaced_.end()}; }
  bool is_any_displaced(const FrameRun& pages) const {
    const auto first = displaced_.lower_bound(pages.first);
    return first != displaced_.end() && *first < pages.end();
  }

  const Registers& segment() const { return segment_; }
  /// nullptr: the level has none.
  const EscapeFilter* filter() const { return filter_ ? &*filter_ : nullptr; }
  /// Whether the segment translates the page.
  bool in_segment(uint64_t page) const {
    return segment_.contains(address(page)) && !(filter_ && filter_->contains(page));
  }

  /// Whether a segment over these pages of the block would translate right: what is displaced
  /// escapes.
  bool can_enter(const FrameRun& pages) const {
    if (!block_ || pages.first < block_->pages.first || pages.end() > block_->pages.end())
      return false;
    const auto first = displaced_.lower_bound(pages.first);
    const auto last = displaced_.lower_bound(pages.end());
    return std::includes(escaped_.begin(), escaped_.end(), first, last);
  }
  /// Whether pages that are not in their places keep a segment over these from being right, and
  /// `may_come_home(page)` holds for all of them.
  template <class MayComeHome>
  bool is_scattered(const FrameRun& pages, MayComeHome may_come_home) const {
    bool any = false;
    for (auto page = displaced_.lower_bound(pages.first);
         page != displaced_.end() && *page < pages.end(); ++page) {
      if (escapes(*page)) continue;
      if (!may_come_home(*page)) return false;
      any = true;
    }
    return any;
  }
  void enter(const FrameRun& pages) {
    const uint64_t offset = To(bytes_of(block_->place(pages.first))).value();
    const Registers wanted(address(pages.first), address(pages.end()),
                           offset - address(pages.first).value());
    if (wanted == segment_) return;
    if (segment_.enabled() && wanted.limit() < segment_.limit()) changes_.mappings = true;
    segment_ = wanted;
    changes_.segment = true;
    rebuild_filter();
  }
  void leave() {
    if (!segment_.enabled()) return;
    segment_ = Registers();
    changes_.segment = true;
    changes_.mappings = true;
  }

  /// The page escapes the segment, and stays where it is. False: there is no filter, or as many
  /// pages escape already as operations may let.
  bool escape(uint64_t page) {
    if (!filter_) return false;
    if (!escapes(page)) {
      make_room(1);
      if (opened_.size() >= most_escapes_) return false;
      opened_.insert(page);
    }
    insert_escape(page);
    return true;
  }
  /// Where `open` may not let so many more pages escape, those that are home again no longer do.
  void make_room(uint64_t pages) {
    const auto is_home = [this](uint64_t page) { return !is_displaced(page); };
    if (opened_.size() + pages > most_escapes_ &&
        std::any_of(opened_.begin(), opened_.end(), is_home))
      rebuild_filter();
  }
  /// Likewise, however many there are; the level has a filter.
  void insert_escape(uint64_t page) {
    escaped_.insert(page);
    filter_->insert(page);
    changes_.filter = true;
    changes_.mappings = true;
  }
  bool escapes(uint64_t page) const { return escaped_.count(page) != 0; }
  /// Likewise, until `clear_requests`: the stream wants it.
  void request_escape(uint64_t page) {
    requested_.insert(page);
    insert_escape(page);
  }
  void clear_requests() {
    requested_.clear();
    rebuild_filter();
  }
  /// The filter with the pages only that need it: while the segment is off too, or it could not be
  /// entered again.
  void rebuild_filter() {
    for (std::set<uint64_t>* const pages : {&escaped_, &opened_})
      for (auto one = pages->begin(); one != pages->end();)
        one = displaced_.count(*one) != 0 ? std::next(one) : pages->erase(one);
    for (const uint64_t page : displaced_)
      if (segment_.contains(address(page))) escaped_.insert(page);
    escaped_.insert(requested_.begin(), requested_.end());
    if (!filter_ || filter_->inserted() == escaped_) return;
    filter_->clear();
    for (const uint64_t page : escaped_) filter_->insert(page);
    changes_.filter = true;
    changes_.mappings = true;
  }

  /// Whether `open` would have the page escape that did not before.
  bool would_escape(uint64_t page) const {
    return segment_.contains(address(page)) && !escapes(page);
  }
  /// Whether `open` would refuse the page after `more` others have escaped; it changes nothing.
  bool refuses(uint64_t page, LimitAction action, uint64_t more) const {
    if (!in_segment(page) || action == LimitAction::kLeave) return false;
    if (action == LimitAction::kRefuse || !filter_) return true;
    return !escapes(page) && opened_.size() + more >= most_escapes_;
  }
  /// Makes sure that an operation may change how the page is mapped: does what `action` says if
  /// the segment translates it. False: refused.
  bool open(uint64_t page, LimitAction action, LimitCounts& counts) {
    if (!segment_.contains(address(page))) return true;
    if (filter_ && filter_->contains(page)) {
      if (!filter_->was_inserted(page)) insert_escape(page);  // by chance so far
      return true;
    }
    if (action == LimitAction::kLeave) {
      leave();
      ++counts.left;
      return true;
    }
    if (action == LimitAction::kEscape && escape(page)) {
      ++counts.escaped;
      return true;
    }
    ++counts.refused;
    return false;
  }

 private:
  static uint64_t bytes_of(uint64_t page) { return page << shift(PageSize::k4K); }
  static From address(uint64_t page) { return From(bytes_of(page)); }

  uint64_t most_escapes_;
  std::optional<Block> block_;
  std::set<uint64_t> displaced_;
  std::set<uint64_t> escaped_;  ///< That the filter must hold.
  std::set<uint64_t> opened_;   ///< Of these, those that `open` let escape.
  std::set<uint64_t> requested_;
  Registers segment_;
  std::optional<EscapeFilter> filter_;
  Changes changes_;
};

}  // namespace nestwalk
