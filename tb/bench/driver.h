// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

#include "tb/bench/pins.h"
#include "tb/bench/random.h"
#include "tb/sequences/sequence.h"

namespace nestwalk::bench {

/// Turns a sequence into wires: requests, the readiness to take answers, and resets. It drives at
/// falling edges, so that the design sees everything settled at the rising ones. Where nothing is
/// asked the request's wires are random; under reset a request may even be said to be valid.
class Driver : public sc_core::sc_module {
 public:
  Driver(const sc_core::sc_module_name& name, Pins& pins, const sc_core::sc_clock& clock,
         Sequence& sequence, const Parameters& parameters, uint64_t seed)
      : sc_core::sc_module(name),
        pins_(pins),
        sequence_(sequence),
        parameters_(parameters),
        random_(seed) {
    SC_HAS_PROCESS(Driver);
    SC_METHOD(sample);
    sensitive << clock.posedge_event();
    dont_initialize();
    SC_METHOD(drive);
    sensitive << clock.negedge_event();
    dont_initialize();
  }

  /// Whether the sequence is over and its last request accepted.
  bool done() const { return done_; }
  uint64_t accepted() const { return accepted_; }

 private:
  static constexpr uint32_t kLongestReset = 3;  ///< Cycles; one is enough for the design.

  void sample() {
    taken_ = pins_.request_valid.read() && pins_.request_ready.read() && pins_.rst_ni.read();
    accepted_ += taken_;
  }

  void drive() {
    if (reset_left_ > 0) {
      pins_.rst_ni.write(--reset_left_ == 0);
      if (reset_left_ > 0) return drive_noise();
    }
    drive_readiness();
    if (taken_) waiting_ = false;
    taken_ = false;
    if (!waiting_ && !reset_due_) fetch();
    if (reset_due_ && idle_left_ == 0) begin_reset();
    const bool valid = waiting_ && idle_left_ == 0;
    if (idle_left_ > 0) --idle_left_;
    if (!valid) return drive_noise();
    pins_.request_valid.write(true);
    drive_request(request_);
  }

  void drive_readiness() {
    if (ready_left_ == 0) {
      ready_ = !ready_;
      const Sequence::Readiness readiness = sequence_.readiness();
      const bool rare = readiness.longest_rare_stall != 0 && random_.chance(5);
      const uint32_t longest = ready_ ? readiness.longest_run
                               : rare ? readiness.longest_rare_stall
                                      : readiness.longest_stall;
      ready_left_ = 1 + static_cast<uint32_t>(random_.below(longest));
    }
    --ready_left_;
    pins_.response_ready.write(ready_ || done_);
  }

  void fetch() {
    if (done_) return;
    const Sequence::Step step = sequence_.next();
    if (step.kind == Sequence::Step::Kind::kEnd) {
      done_ = true;
    } else if (step.kind == Sequence::Step::Kind::kReset) {
      reset_due_ = true;
      idle_left_ = step.request.idle;
    } else {
      request_ = step.request;
      request_.id = static_cast<uint32_t>(random_.below(parameters_.ids()));
      idle_left_ = request_.idle;
      waiting_ = true;
    }
  }

  void begin_reset() {
    reset_due_ = false;
    pins_.rst_ni.write(false);
    // Mostly of one cycle: what it leaves the next one would hide.
    reset_left_ = random_.chance(60) ? 1 : 1 + static_cast<uint32_t>(random_.below(kLongestReset));
  }

  void drive_request(const Request& request) {
    pins_.request_id.write(request.id);
    pins_.request_op.write(static_cast<uint32_t>(request.op));
    pins_.request_level.write(request.level == Level::kVmm);
    pins_.request_word.write(request.word);
    pins_.request_operand.write(request.operand);
  }

  void drive_noise() {
    pins_.request_valid.write(reset_left_ > 0 && random_.chance(50));
    Request noise;
    noise.op = static_cast<Op>(random_.below(kOps));
    noise.level = random_.chance(50) ? Level::kGuest : Level::kVmm;
    noise.word = static_cast<uint32_t>(random_.below(parameters_.word_numbers()));
    noise.operand = random_.word() & parameters_.page_mask();
    noise.id = static_cast<uint32_t>(random_.below(parameters_.ids()));
    drive_request(noise);
  }

  Pins& pins_;
  Sequence& sequence_;
  Parameters parameters_;
  Random random_;
  Request request_;
  uint32_t idle_left_ = 0;
  uint32_t reset_left_ = kLongestReset;  ///< It begins with one.
  bool waiting_ = false;                 ///< `request_` is not accepted yet.
  bool reset_due_ = false;               ///< A reset comes after `idle_left_` cycles.
  bool taken_ = false;
  bool ready_ = false;
  uint32_t ready_left_ = 0;
  bool done_ = false;
  uint64_t accepted_ = 0;
};

}  // namespace nestwalk::bench
