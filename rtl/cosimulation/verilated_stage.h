// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

namespace nestwalk {

/// The pins of `dual_direct_stage` (rtl/dual_direct_stage.sv) without a pipeline, as calls. It is
/// evaluated when it is asked something, and only then.
class VerilatedStage {
 public:
  /// As in rtl/direct_segment_pkg.sv.
  enum class Op : uint8_t {
    kComplete,
    kCheck,
    kWriteBase,
    kWriteLimit,
    kWriteOffset,
    kWriteEnable,
    kInsert,
    kClear,
    kRestore,
    kSave,
  };
  enum class Level : uint8_t { kGuest, kVmm };

  struct Answer {
    bool maps = false;
    bool guest_inside = false;
    bool guest_escaped = false;
    bool vmm_inside = false;
    bool vmm_escaped = false;
    uint64_t page = 0;
  };

  static constexpr uint32_t kWordBits = 32;  ///< Of a filter word.

  VerilatedStage();
  ~VerilatedStage();
  VerilatedStage(const VerilatedStage&) = delete;
  VerilatedStage& operator=(const VerilatedStage&) = delete;

  /// kComplete, kCheck or kSave: one evaluation, no clock edge.
  Answer ask(Op op, Level level, uint64_t page, uint32_t word = 0);
  /// Any of the others: one clock edge.
  void write(Op op, Level level, uint64_t operand, uint32_t word = 0);

 private:
  struct Pins;

  void drive(Op op, Level level, uint64_t operand, uint32_t word);

  std::unique_ptr<Pins> pins_;
};

}  // namespace nestwalk
