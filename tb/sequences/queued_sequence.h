// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "tb/bench/random.h"
#include "tb/sequences/scenery.h"
#include "tb/sequences/sequence.h"

namespace nestwalk::bench {

/// A sequence that is written in bursts: `refill` queues the next few steps.
class QueuedSequence : public Sequence {
 public:
  QueuedSequence(const Parameters& built, uint64_t seed, uint64_t length)
      : parameters(built), random(seed), length_(length) {}

  Step next() final {
    if (sent_ >= length_ && queue_.empty()) return {Step::Kind::kEnd, {}};
    while (queue_.empty()) refill();
    ++sent_;
    const Step step = queue_.front();
    queue_.pop_front();
    return step;
  }

 protected:
  virtual void refill() = 0;

  void send(const Request& request) { queue_.push_back({Step::Kind::kRequest, request}); }
  void send_after(uint32_t idle, Request request) {
    request.idle = idle;
    send(request);
  }
  void send_reset_after(uint32_t idle) {
    Step step{Step::Kind::kReset, {}};
    step.request.idle = idle;
    queue_.push_back(step);
  }

  Level any_level() { return random.chance(50) ? Level::kGuest : Level::kVmm; }

  /// Puts a segment up: off, its registers, on.
  void set_segment(Level level, uint64_t base, uint64_t limit, uint64_t offset) {
    send(scenery.write(Op::kWriteEnable, level, 0));
    send(scenery.write(Op::kWriteBase, level, base));
    send(scenery.write(Op::kWriteLimit, level, limit));
    send(scenery.write(Op::kWriteOffset, level, offset));
    send(scenery.write(Op::kWriteEnable, level, 1));
  }

  Parameters parameters;
  Random random;
  Scenery scenery{parameters, random};

 private:
  std::deque<Step> queue_;
  uint64_t length_;
  uint64_t sent_ = 0;
};

}  // namespace nestwalk::bench
