// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosimulation/verilated_stage.h"

#include "VDualDirectStage.h"

namespace nestwalk {

struct VerilatedStage::Pins {
  VerilatedContext context;
  VDualDirectStage stage{&context};
};

VerilatedStage::VerilatedStage() : pins_(std::make_unique<Pins>()) {
  VDualDirectStage& stage = pins_->stage;
  stage.clk_i = 0;
  stage.rst_ni = 0;
  stage.request_valid_i = 0;
  stage.response_ready_i = 1;
  stage.eval();
  stage.clk_i = 1;
  stage.eval();
  stage.rst_ni = 1;
  stage.clk_i = 0;
  stage.eval();
}

VerilatedStage::~VerilatedStage() {
  pins_->stage.final();
}

void VerilatedStage::drive(Op op, Level level, uint64_t operand, uint32_t word) {
  VDualDirectStage& stage = pins_->stage;
  stage.request_valid_i = 1;
  stage.request_op_i = static_cast<uint8_t>(op);
  stage.request_level_i = static_cast<uint8_t>(level);
  stage.request_word_i = word;
  stage.request_operand_i = operand;
}

VerilatedStage::Answer VerilatedStage::ask(Op op, Level level, uint64_t page, uint32_t word) {
  VDualDirectStage& stage = pins_->stage;
  drive(op, level, page, word);
  stage.eval();
  return {stage.response_maps_o != 0,          (stage.response_inside_o & 1) != 0,
          (stage.response_escaped_o & 1) != 0, (stage.response_inside_o & 2) != 0,
          (stage.response_escaped_o & 2) != 0, stage.response_page_o};
}

void VerilatedStage::write(Op op, Level level, uint64_t operand, uint32_t word) {
  VDualDirectStage& stage = pins_->stage;
  drive(op, level, operand, word);
  stage.clk_i = 1;
  stage.eval();
  stage.request_valid_i = 0;
  stage.clk_i = 0;
  stage.eval();
}

}  // namespace nestwalk
