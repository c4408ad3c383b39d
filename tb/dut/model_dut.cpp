// SPDX-License-Identifier: Apache-2.0
// The model's segment unit, asked through its sockets, in the place of the RTL: a pipeline of one.
// It has no words to save and restore.
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <systemc>

#include "model/segment/segment_unit_module.h"
#include "model/tlm/persistent_payload.h"
#include "model/tlm/translation_extension.h"
#include "tb/dut/dut.h"

namespace nestwalk::bench {
namespace {

FilterConfig filter_config() {
  const Parameters built = dut_parameters();
  return {built.filter_bits, built.hashes, built.partitioned, built.filter_seed};
}

/// What software has written to one level.
struct LevelRegisters {
  bool enabled = false;
  uint64_t base = 0;
  uint64_t limit = 0;
  uint64_t offset = 0;
  EscapeFilter filter{filter_config()};

  void write(const Request& request) {
    switch (request.op) {
      case Op::kWriteBase:
        base = request.operand << shift(PageSize::k4K);
        break;
      case Op::kWriteLimit:
        limit = request.operand << shift(PageSize::k4K);
        break;
      case Op::kWriteOffset:
        offset = request.operand << shift(PageSize::k4K);
        break;
      case Op::kWriteEnable:
        enabled = (request.operand & 1) != 0;
        break;
      case Op::kInsert:
        filter.insert(request.operand);
        break;
      case Op::kClear:
        filter.clear();
        break;
      default:
        break;
    }
  }

  /// Registers that contradict each other are refused by the model: to it the level is off.
  template <class Segment>
  Segment segment() const {
    using From = decltype(Segment().base());
    if (!enabled || limit < base) return Segment(From(0), From(0), offset);
    return Segment(From(base), From(limit), offset);
  }
};

class ModelDut : public Dut, public sc_core::sc_module {
 public:
  ModelDut(const sc_core::sc_module_name& name, sc_core::sc_clock& clock, Pins& pins)
      : sc_core::sc_module(name), unit_("unit", LatencyTable(), Clock()), pins_(pins) {
    requests_.bind(unit_.upstream());
    checks_.bind(unit_.checks);
    unit_.downstream.bind(below_);
    below_.register_b_transport(this, &ModelDut::leave_incomplete);
    payload_.set_extension(&translation_);
    payload_.set_extension(&check_);
    SC_HAS_PROCESS(ModelDut);
    SC_METHOD(clocked);
    sensitive << clock.posedge_event();
    dont_initialize();
    SC_METHOD(drive_ready);
    sensitive << held_signal_ << pins_.response_ready;
  }

 private:
  void drive_ready() {
    pins_.request_ready.write(!held_signal_.read() || pins_.response_ready.read());
  }

  void clocked() {
    if (!pins_.rst_ni.read()) {
      held_signal_.write(false);
      pins_.response_valid.write(false);
      for (LevelRegisters& level : levels_) {
        level.enabled = false;
        level.filter.clear();
      }
      return;
    }
    if (!pins_.request_ready.read()) return;
    const bool valid = pins_.request_valid.read();
    held_signal_.write(valid);
    pins_.response_valid.write(valid);
    if (valid) answer();
  }

  void answer() {
    const Request request{static_cast<Op>(pins_.request_op.read()),
                          pins_.request_level.read() ? Level::kVmm : Level::kGuest,
                          0,
                          pins_.request_operand.read(),
                          0,
                          0};
    Answer answer;
    if (request.op == Op::kComplete)
      answer = complete(request.operand);
    else if (request.op == Op::kCheck)
      answer = check(request.level, request.operand);
    else
      levels_[static_cast<size_t>(request.level)].write(request);
    pins_.response_id.write(pins_.request_id.read());
    pins_.response_maps.write(answer.maps);
    pins_.response_inside.write(answer.inside);
    pins_.response_escaped.write(answer.escaped);
    pins_.response_page.write(answer.page);
  }

  TranslationContext context() const {
    TranslationContext context;
    context.virtualized = true;
    context.guest.levels = 5;
    context.guest_segment = levels_[0].segment<GuestSegment>();
    context.vmm_segment = levels_[1].segment<VmmSegment>();
    context.guest_filter = &levels_[0].filter;
    context.vmm_filter = &levels_[1].filter;
    return context;
  }

  /// Both verdicts by single checks; whether it maps, and whereto, by the completion itself where
  /// the address is one that a TLB can miss.
  Answer complete(uint64_t page) {
    Answer answer = check(Level::kGuest, page);
    if (!answer.maps) return answer;
    const Answer vmm = check(Level::kVmm, answer.page);
    answer.maps = vmm.maps;
    answer.inside |= vmm.inside;
    answer.escaped |= vmm.escaped;
    answer.page = vmm.page;
    const GuestVirtual address(page << shift(PageSize::k4K));
    if (!is_canonical(address, context().guest.levels)) return answer;
    const TranslationContext asked = context();
    translation_ = {};
    translation_.context = &asked;
    payload_.set_address(address.value());
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    requests_->b_transport(payload_, delay);
    answer.maps = payload_.is_response_ok();
    if (answer.maps) answer.page = translation_.translation.address.page();
    return answer;
  }

  Answer check(Level level, uint64_t page) {
    const TranslationContext asked = context();
    check_ = {};
    check_.context = &asked;
    check_.dimension = level == Level::kGuest ? Dimension::kGuest : Dimension::kNested;
    check_.answer.widest = PageSize::k4K;
    payload_.set_address(page << shift(PageSize::k4K));
    sc_core::sc_time delay;
    checks_->b_transport(payload_, delay);
    const uint32_t bit = uint32_t{1} << static_cast<uint32_t>(level);
    Answer answer;
    answer.maps = check_.answer.maps();
    answer.inside = check_.answer.inside ? bit : 0;
    answer.escaped = check_.answer.escaped ? bit : 0;
    answer.page = check_.answer.sum >> shift(PageSize::k4K);
    return answer;
  }

  void leave_incomplete(tlm::tlm_generic_payload&, sc_core::sc_time&) {}

  SegmentUnitModule unit_;
  tlm_utils::simple_initiator_socket<ModelDut, 64> requests_{"requests"};
  tlm_utils::simple_initiator_socket<ModelDut, 64> checks_{"checks"};
  tlm_utils::simple_target_socket<ModelDut, 64> below_{"below"};
  PersistentPayload payload_;
  TranslationExtension translation_;
  SegmentCheckExtension check_;
  Pins& pins_;
  sc_core::sc_signal<bool> held_signal_{"held"};
  std::array<LevelRegisters, 2> levels_;
};

}  // namespace

Parameters dut_parameters() {
  Parameters parameters;
  parameters.name = "model";
  parameters.filter_seed = 0x0fedcba987654321;
  parameters.depth = 1;
  parameters.keeps_words = false;
  return parameters;
}

std::unique_ptr<Dut> make_dut(sc_core::sc_clock& clock, Pins& pins, uint64_t /*seed*/) {
  return std::make_unique<ModelDut>("model", clock, pins);
}

}  // namespace nestwalk::bench
