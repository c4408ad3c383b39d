// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <systemc>
#include <vector>

namespace nestwalk {

/// Things that happen later: in order of time, first in first out at one time, and one event for
/// the earliest. Its owner has an SC_METHOD sensitive to `event()` that pops all that is due.
template <class Item>
class TimedQueue {
 public:
  /// `item` is due `delay` from now.
  void push(const Item& item, const sc_core::sc_time& delay) {
    const sc_core::sc_time due = now() + delay;
    size_t place = items_.size();
    items_.emplace_back();
    for (; place != first_ && items_[place - 1].due > due; --place)
      items_[place] = items_[place - 1];
    items_[place] = {due, item};
    if (place == first_) event_.notify(delay);
  }

  /// Takes the next item that is due now; false, with the event set for the rest, if there is none.
  bool pop(Item& item) {
    if (size() == 0) return false;
    const Element& next = items_[first_];
    if (next.due > now()) {
      event_.notify(next.due - now());
      return false;
    }
    item = next.item;
    if (++first_ * 2 > items_.size()) forget_taken();
    return true;
  }

  size_t size() const { return items_.size() - first_; }
  const sc_core::sc_event& event() const { return event_; }

 private:
  struct Element {
    sc_core::sc_time due;
    Item item;
  };

  /// As sc_time_stamp(), which is two calls.
  const sc_core::sc_time& now() const { return context_->time_stamp(); }

  void forget_taken() {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

  // Those not taken begin at `first_`. Most that come are due after all others, and a few to be
  // moved cost less than a heap.
  std::vector<Element> items_;
  size_t first_ = 0;
  sc_core::sc_simcontext* context_ = sc_core::sc_get_curr_simcontext();
  sc_core::sc_event event_;
};

}  // namespace nestwalk
