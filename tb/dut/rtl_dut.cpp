// SPDX-License-Identifier: Apache-2.0
// The RTL, verilated for SystemC. The flavour is a matter of the build: neither, coverage or waves.
#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <systemc>
#include <type_traits>
#include <utility>
#include <vector>

#include "VStage.h"

// After it: SystemC must be known.
#include <verilated_syms.h>

#include "model/random/split_mix.h"
#include "tb/bench/random.h"
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

/// Verilator makes a port of 32 bits or fewer a uint32_t, of one a bool, whatever its pin is: a
/// signal of the port's type between the two.
template <class Port, class Pin>
class Narrowed : public sc_core::sc_module {
 public:
  enum class To : uint8_t { kPort, kPin };

  Narrowed(const sc_core::sc_module_name& name, sc_core::sc_signal<Pin>& pin, To to)
      : sc_core::sc_module(name), pin_(pin) {
    SC_HAS_PROCESS(Narrowed);
    if (to == To::kPort) {
      SC_METHOD(tell_port);
      sensitive << pin_;
    } else {
      SC_METHOD(tell_pin);
      sensitive << signal;
    }
  }

  sc_core::sc_signal<Port> signal{"signal"};

 private:
  void tell_port() { signal.write(static_cast<Port>(pin_.read())); }
  void tell_pin() { pin_.write(signal.read()); }

  sc_core::sc_signal<Pin>& pin_;
};

class RtlDut : public Dut {
 public:
  RtlDut(sc_core::sc_clock& clock, Pins& pins) : stage_("stage") {
    stage_.clk_i(clock);  // straight: through another signal the stage would see the edge late
    stage_.rst_ni(pins.rst_ni);
    bind_input(stage_.request_valid_i, pins.request_valid);
    bind_output(stage_.request_ready_o, pins.request_ready);
    bind_input(stage_.request_id_i, pins.request_id);
    bind_input(stage_.request_op_i, pins.request_op);
    bind_input(stage_.request_level_i, pins.request_level);
    bind_input(stage_.request_word_i, pins.request_word);
    bind_input(stage_.request_operand_i, pins.request_operand);
    bind_output(stage_.response_valid_o, pins.response_valid);
    bind_input(stage_.response_ready_i, pins.response_ready);
    bind_output(stage_.response_id_o, pins.response_id);
    bind_output(stage_.response_maps_o, pins.response_maps);
    bind_output(stage_.response_inside_o, pins.response_inside);
    bind_output(stage_.response_escaped_o, pins.response_escaped);
    bind_output(stage_.response_page_o, pins.response_page);
  }
  ~RtlDut() override {
#if VM_TRACE
    if (waves_) waves_->close();
#endif
    stage_.final();
  }

#if VM_TRACE
  bool has_waves() const override {
    return true;
  }
  void begin_waves(const std::string& file) override {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    waves_ = std::make_unique<VerilatedFstSc>();
    stage_.trace(waves_.get(), 99);
    waves_->open(file.c_str());
  }
  void end_waves() override {
    waves_->close();
  }
#endif
#if VM_COVERAGE
  bool has_coverage() const override {
    return true;
  }
  void begin_coverage() override {
    // What always runs counts once, at the start.
    std::istringstream counts(counted());
    for (std::string line; std::getline(counts, line);)
      if (line.find("v_toggle") == std::string::npos) at_power_on_ += line + '\n';
    VerilatedCov::zero();
  }
  std::string coverage() override {
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
  template <class Port, class Pin>
  void bind_input(sc_core::sc_in<Port>& port, sc_core::sc_signal<Pin>& pin) {
    port(as_wide_as<Port>(pin, Narrowed<Port, Pin>::To::kPort));
  }
  template <class Port, class Pin>
  void bind_output(sc_core::sc_out<Port>& port, sc_core::sc_signal<Pin>& pin) {
    port(as_wide_as<Port>(pin, Narrowed<Port, Pin>::To::kPin));
  }
  template <class Port, class Pin>
  sc_core::sc_signal<Port>& as_wide_as(sc_core::sc_signal<Pin>& pin,
                                       typename Narrowed<Port, Pin>::To to) {
    if constexpr (std::is_same_v<Port, Pin>) {
      return pin;
    } else {
      const std::string name = std::string("narrowed_") + pin.basename();
      auto narrowed = std::make_unique<Narrowed<Port, Pin>>(name.c_str(), pin, to);
      sc_core::sc_signal<Port>& signal = narrowed->signal;
      narrowed_.push_back(std::move(narrowed));
      return signal;
    }
  }

  std::vector<std::unique_ptr<sc_core::sc_module>> narrowed_;
  VStage stage_;
#if VM_TRACE
  std::unique_ptr<VerilatedFstSc> waves_;
#endif
};

/// Every register holds what its name and the seed say. Verilator draws in an order of its own,
/// which differs between flavours: a run would not fail alike with waves. Throws where registers
/// are not to be found, or are arrays, which this does not draw whole.
void power_on(uint64_t seed) {
  size_t registers = 0;
  for (const auto& [scope_name, scope] : *Verilated::scopeNameMap()) {
    if (scope->varsp() == nullptr) continue;
    for (const auto& [name, variable] : *scope->varsp()) {
      const std::string path = std::string(scope_name) + '.' + name;
      if (variable.udims() != 0)
        throw std::logic_error(path + ": power-on values of arrays are not drawn");
      ++registers;
      Random random(seed ^ std::hash<std::string>()(path));
      auto* bytes = static_cast<uint8_t*>(variable.datap());
      std::fill_n(bytes, variable.totalSize(), uint8_t{0});
      const auto bits = static_cast<size_t>(variable.packed().elements());
      for (size_t bit = 0; bit < bits; ++bit)
        bytes[bit / 8] |= static_cast<uint8_t>(random.below(2) << bit % 8);
    }
  }
  if (registers == 0) throw std::logic_error("no register is known by name: tb/dut/registers.vlt");
}

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
  parameters.id_width = DUT_IdWidth;
  return parameters;
}

std::unique_ptr<Dut> make_dut(sc_core::sc_clock& clock, Pins& pins, uint64_t seed) {
  Verilated::traceEverOn(VM_TRACE != 0);  // even if waves begin late
  Verilated::randReset(2);
  // Verilator keeps 32 bits of it, and 0 would be none.
  Verilated::randSeed(static_cast<int>(scrambled(seed) | 1));
  auto dut = std::make_unique<RtlDut>(clock, pins);
  power_on(seed);
  return dut;
}

}  // namespace nestwalk::bench
