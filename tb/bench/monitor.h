// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <systemc>
#include <utility>

#include "tb/bench/pins.h"
#include "tb/bench/pipeline_timing.h"
#include "tb/bench/transaction.h"

namespace nestwalk::bench {

/// Watches the wires at rising edges and tells what passed. It drives nothing and knows nothing of
/// the driver: the scoreboard believes it alone.
class Monitor : public sc_core::sc_module {
 public:
  struct Listeners {
    std::function<void()> on_reset;
    std::function<void(const Request&)> on_request_in_reset;  ///< It is not accepted.
    std::function<void(const Request&, bool back_to_back)> on_request;
    std::function<void(const Answer&, uint32_t waited)> on_answer;
    std::function<void(const char*)> on_breach;  ///< Of the ready/valid protocol.
  };

  Monitor(const sc_core::sc_module_name& name, const Pins& pins, const sc_core::sc_clock& clock,
          uint32_t depth, Listeners listeners)
      : sc_core::sc_module(name), pins_(pins), listeners_(std::move(listeners)), timing_(depth) {
    SC_HAS_PROCESS(Monitor);
    SC_METHOD(sample);
    sensitive << clock.posedge_event();
    dont_initialize();
  }

  uint64_t cycles() const { return cycles_; }

 private:
  void sample() {
    ++cycles_;
    if (!pins_.rst_ni.read()) {
      waited_ = 0;
      accepted_before_ = false;
      timing_.reset();
      if (!in_reset_) listeners_.on_reset();
      in_reset_ = true;
      if (pins_.request_valid.read()) listeners_.on_request_in_reset(request());
      return;
    }
    in_reset_ = false;
    const char* breach = timing_.check({pins_.request_valid.read(), pins_.request_ready.read(),
                                        pins_.response_valid.read(), pins_.response_ready.read()});
    if (breach != nullptr) listeners_.on_breach(breach);
    // An answer that passes without a pipeline belongs to the request of this very edge.
    sample_request();
    sample_answer();
  }

  void sample_request() {
    const bool accepted = pins_.request_valid.read() && pins_.request_ready.read();
    if (accepted) listeners_.on_request(request(), accepted_before_);
    accepted_before_ = accepted;
  }

  Request request() const {
    return {static_cast<Op>(pins_.request_op.read()),
            pins_.request_level.read() ? Level::kVmm : Level::kGuest,
            pins_.request_word.read(),
            pins_.request_operand.read(),
            pins_.request_id.read(),
            0};
  }

  void sample_answer() {
    if (!pins_.response_valid.read()) {
      if (waited_ > 0) listeners_.on_breach("an answer that waited was withdrawn");
      waited_ = 0;
      return;
    }
    const Answer answer{pins_.response_id.read(), pins_.response_maps.read(),
                        pins_.response_inside.read(), pins_.response_escaped.read(),
                        pins_.response_page.read()};
    if (waited_ > 0 && !same(answer, waiting_))
      listeners_.on_breach("an answer changed while it waited");
    if (pins_.response_ready.read()) {
      listeners_.on_answer(answer, waited_);
      waited_ = 0;
    } else {
      waiting_ = answer;
      ++waited_;
    }
  }

  static bool same(const Answer& a, const Answer& b) {
    return a.id == b.id && a.maps == b.maps && a.inside == b.inside && a.escaped == b.escaped &&
           a.page == b.page;
  }

  const Pins& pins_;
  Listeners listeners_;
  PipelineTiming timing_;
  uint64_t cycles_ = 0;
  uint32_t waited_ = 0;  ///< Cycles that the answer at the pins has waited.
  Answer waiting_;
  bool accepted_before_ = false;
  bool in_reset_ = false;
};

}  // namespace nestwalk::bench
