// SPDX-License-Identifier: Apache-2.0
#include "model/tlm/timed_queue.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

/// Writes down what it pops, and when.
class Popper : public sc_core::sc_module {
 public:
  explicit Popper(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    SC_HAS_PROCESS(Popper);
    SC_METHOD(pop);
    sensitive << queue.event();
    dont_initialize();
  }

  TimedQueue<int> queue;
  std::vector<std::pair<uint64_t, int>> popped;  ///< Nanosecond, item.

 private:
  void pop() {
    int item;
    while (queue.pop(item)) popped.emplace_back(sc_core::sc_time_stamp().value() / 1000, item);
  }
};

class TimedQueueTest : public SystemCTest {
 protected:
  static sc_core::sc_time ns(int count) { return {static_cast<double>(count), sc_core::SC_NS}; }

  Popper popper_{"popper"};
};

TEST_F(TimedQueueTest, PopsByTimeAndInOrderAtOneTime) {
  popper_.queue.push(1, ns(30));
  popper_.queue.push(2, ns(10));
  popper_.queue.push(3, ns(30));
  popper_.queue.push(4, ns(10));
  popper_.queue.push(5, ns(0));
  sc_core::sc_start();
  const std::vector<std::pair<uint64_t, int>> expected{{0, 5}, {10, 2}, {10, 4}, {30, 1}, {30, 3}};
  EXPECT_EQ(popper_.popped, expected);
  EXPECT_EQ(popper_.queue.size(), 0U);
}

TEST_F(TimedQueueTest, AnEarlierItemComesFirstThoughPushedLater) {
  popper_.queue.push(1, ns(100));
  sc_core::sc_start(ns(20));
  popper_.queue.push(2, ns(5));
  sc_core::sc_start();
  const std::vector<std::pair<uint64_t, int>> expected{{25, 2}, {100, 1}};
  EXPECT_EQ(popper_.popped, expected);
}

}  // namespace
}  // namespace nestwalk::test
