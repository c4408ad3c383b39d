// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "model/context/context_tag.h"
#include "model/context/translation_context.h"

namespace nestwalk {

/// The registers that a request is translated under, as of now. Every change makes a new context,
/// so that requests in flight keep theirs, and a new epoch, after which they may not be kept in a
/// TLB. Filters are taken over as they are: what their owner changes later counts when it is
/// written.
class ContextRegisters {
 public:
  ContextRegisters() { set({}); }

  const TranslationContext& context() const { return contexts_.back()->registers; }
  const ContextTags& tags() const { return tags_; }
  const uint32_t& epoch() const { return epoch_; }

  /// Loads a context. Returns false if tags ran out: every TLB must be emptied now.
  bool set(const TranslationContext& context) {
    auto next = std::make_unique<Context>();
    next->registers = context;
    const Context* const last = contexts_.empty() ? nullptr : contexts_.back().get();
    next->guest_filter =
        take_over(context.guest_filter, last == nullptr ? nullptr : last->guest_filter);
    next->vmm_filter = take_over(context.vmm_filter, last == nullptr ? nullptr : last->vmm_filter);
    next->registers.guest_filter = next->guest_filter.get();
    next->registers.vmm_filter = next->vmm_filter.get();
    contexts_.push_back(std::move(next));
    const bool tags_left = !table_.is_full();
    if (!tags_left) table_.clear();
    tags_ = table_.tags_of(context);
    ++epoch_;
    return tags_left;
  }

  /// Tables or TLB contents changed: what is in flight must not be kept.
  void new_epoch() { ++epoch_; }

  /// Frees the contexts of the past; nothing may be in flight.
  void forget_past() { contexts_.erase(contexts_.begin(), contexts_.end() - 1); }

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

  std::vector<std::unique_ptr<Context>> contexts_;
  ContextTagTable table_;
  ContextTags tags_;
  uint32_t epoch_ = 0;
};

}  // namespace nestwalk
