// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/context/translation_context.h"
#include "model/tlb/context_tag.h"

namespace nestwalk {

/// The registers that a request is translated under, as of now. Every change makes a new context,
/// so that requests in flight keep theirs, and a new epoch, after which they may not be kept in a
/// TLB.
class ContextRegisters {
 public:
  ContextRegisters() { set({}); }

  const TranslationContext& context() const { return *contexts_.back(); }
  const ContextTags& tags() const { return tags_; }
  const uint32_t& epoch() const { return epoch_; }

  /// Loads a context. Returns false if tags ran out: every TLB must be emptied now.
  bool set(const TranslationContext& context) {
    contexts_.push_back(std::make_unique<TranslationContext>(context));
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
  std::vector<std::unique_ptr<TranslationContext>> contexts_;
  ContextTagTable table_;
  ContextTags tags_;
  uint32_t epoch_ = 0;
};

}  // namespace nestwalk
