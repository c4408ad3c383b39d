// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tb/bench/pins.h"
#include "tb/bench/transaction.h"

namespace nestwalk::bench {

/// What stands at the pins. Each executable of the bench is linked with one.
class Dut {
 public:
  virtual ~Dut() = default;

  virtual bool has_waves() const { return false; }
  /// From now on waves go to the file.
  virtual void begin_waves(const std::string& /*file*/) {}
  virtual void end_waves() {}
  virtual bool has_coverage() const { return false; }
  /// Toggles count from now on.
  virtual void begin_coverage() {}
  /// Line and toggle counts, as Verilator writes them.
  virtual std::string coverage() { return {}; }
};

Parameters dut_parameters();
/// `seed`: of what its registers hold at power-on.
std::unique_ptr<Dut> make_dut(sc_core::sc_clock& clock, Pins& pins, uint64_t seed);

}  // namespace nestwalk::bench
