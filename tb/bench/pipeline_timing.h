// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

namespace nestwalk::bench {

/// When a pipeline must take a request and show an answer: to the cycle, whatever they say.
class PipelineTiming {
 public:
  struct Wires {
    bool request_valid = false;
    bool request_ready = false;
    bool response_valid = false;
    bool response_ready = false;
  };

  explicit PipelineTiming(uint32_t depth) : depth_(depth) {}

  void reset() { accepted_.clear(); }

  /// Asked at every clock edge without reset. nullptr: all is well.
  const char* check(const Wires& wires) {
    ++cycle_;
    const bool room = wires.response_ready || accepted_.size() < depth_;
    const bool due = depth_ == 0 ? wires.request_valid
                                 : !accepted_.empty() && cycle_ >= due_cycle(accepted_.front());
    if (wires.request_valid && wires.request_ready) accepted_.push_back(cycle_);
    if (wires.response_valid && wires.response_ready && !accepted_.empty()) {
      accepted_.pop_front();
      taken_ = cycle_;
    }
    if (wires.request_ready != room)
      return room ? "a request had to wait although there was room for it"
                  : "a request was accepted although there was no room for it";
    if (wires.response_valid != due)
      return due ? "an answer is late" : "an answer came too early, or to no request";
    return nullptr;
  }

 private:
  /// When it stands at the answer's port: the one before it has left by then.
  uint64_t due_cycle(uint64_t accepted) const { return std::max(accepted + depth_, taken_ + 1); }

  uint32_t depth_;
  uint64_t cycle_ = 0;
  uint64_t taken_ = 0;  ///< When the last answer was.
  std::deque<uint64_t> accepted_;
};

}  // namespace nestwalk::bench
