// SPDX-License-Identifier: Apache-2.0
// The RTL, verilated for SystemC. The flavour is a matter of the build: neither, coverage or waves.
#include <systemc>

#include "VStage.h"
#include "model/random/split_mix.h"
#include "tb/dut/dut.h"
#if VM_TRACE
#include <verilated_fst_sc.h>
#endif
#if VM_COVERAGE
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#endif

namespace nestwalk::bench {
namespace {

class RtlDut : public Dut {
 public:
  RtlDut(sc_core::sc_clock& clock, Pins& pins) : stage_("stage") {
    stage_.clk_i(clock);  // straight: through another signal the stage would see the edge late
    stage_.rst_ni(pins.rst_ni);
    stage_.request_valid_i(pins.request_valid);
    stage_.request_ready_o(pins.request_ready);
    stage_.request_id_i(pins.request_id);
    stage_.request_op_i(pins.request_op);
    stage_.request_level_i(pins.request_level);
    stage_.request_word_i(pins.request_word);
    stage_.request_operand_i(pins.request_operand);
    stage_.response_valid_o(pins.response_valid);
    stage_.response_ready_i(pins.response_ready);
    stage_.response_id_o(pins.response_id);
    stage_.response_maps_o(pins.response_maps);
    stage_.response_inside_o(pins.response_inside);
    stage_.response_escaped_o(pins.response_escaped);
    stage_.response_page_o(pins.response_page);
  }
  ~RtlDut() override {
#if VM_TRACE
    if (waves_) waves_->close();
#endif
    stage_.final();
  }

#if VM_TRACE
  bool trace(const std::string& file) override {
    Verilated::traceEverOn(true);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    waves_ = std::make_unique<VerilatedFstSc>();
    stage_.trace(waves_.get(), 99);
    waves_->open(file.c_str());
    return true;
  }
#endif
#if VM_COVERAGE
  void begin_coverage() override {
    // What always runs counts once, at the start.
    std::istringstream counts(counted());
    for (std::string line; std::getline(counts, line);)
      if (line.find("v_toggle") == std::string::npos) at_power_on_ += line + '\n';
    VerilatedCov::zero();
  }
  std::optional<std::string> coverage() override {
    const std::string counts = counted();
    return at_power_on_ + counts.substr(counts.find('\n') + 1);  // one title is enough
  }
#endif

 private:
#if VM_COVERAGE
  static std::string counted() {
    // Verilator does not say whether all of it was written: not to a disk that may be full.
    const int file = memfd_create("coverage", 0);
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    VerilatedCov::write(path.c_str());
    std::ifstream written(path);
    std::string text{std::istreambuf_iterator<char>(written), {}};
    close(file);
    return text;
  }

  std::string at_power_on_;
#endif
  VStage stage_;
#if VM_TRACE
  std::unique_ptr<VerilatedFstSc> waves_;
#endif
};

}  // namespace

Parameters dut_parameters() {
  Parameters parameters;
  parameters.name = DUT_NAME;
  parameters.page_width = DUT_PageWidth;
  parameters.filter_bits = DUT_FilterBits;
  parameters.hashes = DUT_FilterHashes;
  parameters.partitioned = DUT_FilterPartitioned != 0;
  parameters.filter_seed = DUT_FilterSeed;
  parameters.word_width = DUT_WordWidth;
  parameters.guest_filter = DUT_GuestFilter != 0;
  parameters.depth = DUT_Depth;
  return parameters;
}

void seed_power_on(uint64_t seed) {
  Verilated::randReset(2);
  // Verilator keeps 32 bits of it, and 0 would be none.
  Verilated::randSeed(static_cast<int>(scrambled(seed) | 1));
}

std::unique_ptr<Dut> make_dut(sc_core::sc_clock& clock, Pins& pins) {
  return std::make_unique<RtlDut>(clock, pins);
}

}  // namespace nestwalk::bench
