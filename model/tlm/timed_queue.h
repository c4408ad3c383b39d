// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <systemc>
#include <vector>

namespace nestwalk {

/// Things that happen later: a heap by time, first in first out at one time, and one event for the
/// earliest. Its owner has an SC_METHOD sensitive to `event()` that pops all that is due.
template <class Item>
class TimedQueue {
 public:
  /// `item` is due `delay` from now.
  void push(const Item& item, const sc_core::sc_time& delay) {
    heap_.push_back({sc_core::sc_time_stamp() + delay, ++pushed_, item});
    std::push_heap(heap_.begin(), heap_.end(), later);
    event_.notify(heap_.front().due - sc_core::sc_time_stamp());
  }

  /// Takes the next item that is due now; false, with the event set for the rest, if there is none.
  bool pop(Item& item) {
    if (heap_.empty()) return false;
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    if (heap_.front().due > now) {
      event_.notify(heap_.front().due - now);
      return false;
    }
    item = heap_.front().item;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    return true;
  }

  size_t size() const { return heap_.size(); }
  const sc_core::sc_event& event() const { return event_; }

 private:
  struct Element {
    sc_core::sc_time due;
    uint64_t order;
    Item item;
  };

  static bool later(const Element& a, const Element& b) {
    return a.due != b.due ? a.due > b.due : a.order > b.order;
  }

  std::vector<Element> heap_;
  uint64_t pushed_ = 0;
  sc_core::sc_event event_;
};

}  // namespace nestwalk
