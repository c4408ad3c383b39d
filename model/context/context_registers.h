// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "model/context/context_tag.h"
#include "model/context/translation_context.h"

namespace nestwalk {

/// The registers that a request is translated under, as of now. Every change makes a new context,
/// so that requests in flight keep theirs while they `Hold` it, and a new epoch, after which they
/// may not be kept in a TLB. Filters are taken over as they are: what their owner changes later
/// counts when it is written.
class ContextRegisters {
  struct Context;

 public:
  /// Keeps a context.
  class Hold {
   public:
    Hold(Hold&&) = default;
    Hold& operator=(Hold&&) = default;

    const TranslationContext& context() const { return held_->registers; }

   private:
    friend ContextRegisters;
    explicit Hold(std::shared_ptr<const Context> held) : held_(std::move(held)) {}

    std::shared_ptr<const Context> held_;
  };

  ContextRegisters() { set({}); }

  const TranslationContext& context() const { return now_->registers; }
  Hold hold() const { return Hold(now_); }
  const ContextTags& tags() const { return tags_; }
  const uint32_t& epoch() const { return epoch_; }

  /// Loads a context. Returns false if tags ran out: every TLB must be emptied now.
  bool set(const TranslationContext& context) {
    auto next = std::make_shared<Context>();
    next->registers = context;
    next->guest_filter = take_over(context.guest_filter, now_ ? now_->guest_filter : nullptr);
    next->vmm_filter = take_over(context.vmm_filter, now_ ? now_->vmm_filter : nullptr);
    next->registers.guest_filter = next->guest_filter.get();
    next->registers.vmm_filter = next->vmm_filter.get();
    now_ = std::move(next);
    const bool tags_left = !table_.is_full();
    if (!tags_left) table_.clear();
    tags_ = table_.tags_of(now_->registers);
    ++epoch_;
    return tags_left;
  }

  /// Tables or TLB contents changed: what is in flight must not be kept.
  void new_epoch() { ++epoch_; }

  const ContextTagTable& tag_table() const { return table_; }

 private:
  using Filter = std::shared_ptr<const EscapeFilter>;

  struct Context {
    TranslationContext registers;
    Filter guest_filter;
    Filter vmm_filter;
  };

  static Filter take_over(const EscapeFilter* filter, const Filter& last) {
    if (filter == nullptr) return nullptr;
    if (last != nullptr && last->content() == filter->content()) return last;
    return std::make_shared<const EscapeFilter>(*filter);
  }

  std::shared_ptr<const Context> now_;
  ContextTagTable table_;
  ContextTags tags_;
  uint32_t epoch_ = 0;
};

}  // namespace nestwalk
