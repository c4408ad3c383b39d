// SPDX-License-Identifier: Apache-2.0
// The RTL behind the segment unit's sockets answers, and counts, what the model does: random
// registers and filters, addresses at their edges.
#include "rtl/cosimulation/rtl_segment_unit.h"
#include "rtl/cosimulation/rtl_build.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <stdexcept>
#include <vector>

#include "model/context/context_registers.h"
#include "model/mmu/mmu.h"
#include "model/tlm/persistent_payload.h"
#include "tests/support/random.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

/// A segment unit alone; what it passes on comes to nothing.
class Bench : public sc_core::sc_module {
 public:
  Bench(const sc_core::sc_module_name& name, std::unique_ptr<SegmentUnitModule> made)
      : sc_core::sc_module(name), unit(std::move(made)) {
    requests.bind(unit->upstream());
    checks.bind(unit->checks);
    unit->downstream.bind(below);
    below.register_b_transport(this, &Bench::refuse);
    payload_.set_extension(&translation_);
    payload_.set_extension(&check_);
  }

  /// At an L1 miss: the translated address, or 0 if it went on.
  uint64_t complete(const TranslationContext& context, GuestVirtual address) {
    translation_ = {};
    translation_.context = &context;
    payload_.set_address(address.value());
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay;
    requests->b_transport(payload_, delay);
    return payload_.is_response_ok() ? translation_.translation.address.value() : 0;
  }

  SegmentCheck check(const TranslationContext& context, Dimension dimension, uint64_t address,
                     PageSize at_most) {
    check_ = {};
    check_.context = &context;
    check_.dimension = dimension;
    check_.answer.widest = at_most;
    payload_.set_address(address);
    sc_core::sc_time delay;
    checks->b_transport(payload_, delay);
    EXPECT_EQ(delay, sc_core::sc_time(1, sc_core::SC_NS));
    return check_.answer;
  }

  tlm_utils::simple_initiator_socket<Bench, 64> requests{"requests"};
  tlm_utils::simple_initiator_socket<Bench, 64> checks{"checks"};
  tlm_utils::simple_target_socket<Bench, 64> below{"below"};
  std::unique_ptr<SegmentUnitModule> unit;

 private:
  void refuse(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }

  PersistentPayload payload_;
  TranslationExtension translation_;
  SegmentCheckExtension check_;
};

/// Registers and filters, changed now and then as software changes them.
class RandomContext {
 public:
  explicit RandomContext(Random& random) : random_(random) { draw(); }

  const TranslationContext& context() const { return context_; }

  void change() {
    switch (random_.below(6)) {
      case 0:
        return draw();
      case 1:
        return filter().clear();
      default:
        return filter().insert(page());
    }
  }

  /// A page at, or some way from, an edge; or any.
  uint64_t page() {
    const std::vector<uint64_t> edges{
        context_.guest_segment.base().page(),
        context_.guest_segment.limit().page(),
        context_.vmm_segment.base().page(),
        context_.vmm_segment.limit().page(),
        context_.vmm_segment.base().page() - (context_.guest_segment.offset() >> 12),
        0,
        random_.word()};
    const uint64_t edge = edges[random_.below(edges.size())];
    return (edge + random_.below(5) - 2) & kPages;
  }

 private:
  static constexpr uint64_t kPages = (uint64_t{1} << 52) - 1;

  EscapeFilter& filter() { return filters_[random_.below(filters_.size())]; }

  template <class Segment>
  Segment segment(uint64_t base_page, uint64_t size) {
    using From = decltype(Segment().base());
    const uint64_t limit_page = std::min(base_page + size, kPages);
    return Segment(From(base_page << 12), From(limit_page << 12), random_.word() << 12);
  }

  void draw() {
    context_.virtualized = random_.chance(80);
    const uint64_t low = random_.chance(80) ? random_.below(uint64_t{1} << 35) : 0;
    context_.guest_segment = segment<GuestSegment>(low, random_.below(1 << 12));
    const uint64_t mapped = (low + (context_.guest_segment.offset() >> 12)) & kPages;
    const uint64_t near = random_.chance(80) ? mapped : random_.word() & kPages;
    context_.vmm_segment = segment<VmmSegment>(near, random_.below(1 << 12));
    context_.guest_filter = random_.chance(50) ? &filter() : nullptr;
    context_.vmm_filter = random_.chance(80) ? &filter() : nullptr;
  }

  Random& random_;
  TranslationContext context_;
  std::vector<EscapeFilter> filters_{3, EscapeFilter(rtl_filter())};
};

class RtlSegmentUnit : public SystemCTest {
 protected:
  Clock clock;
  MmuConfig config;
};

/// What the questions met: all of it must occur.
struct Tally {
  int completed = 0;
  int escaped = 0;
  int outside = 0;
  int narrowed = 0;
};

void compare_units(Random& random, Bench& model, Bench& rtl, Tally& tally) {
  RandomContext software(random);
  for (int i = 0; i < 400; ++i) {
    if (random.chance(20)) software.change();
    const TranslationContext& context = software.context();
    const uint64_t address = software.page() << 12 | random.below(4096);
    if (random.chance(40)) {
      const uint64_t expected = model.complete(context, GuestVirtual(address));
      RC_ASSERT(rtl.complete(context, GuestVirtual(address)) == expected);
      tally.completed += expected != 0;
      continue;
    }
    const Dimension dimension = random.chance(50) ? Dimension::kGuest : Dimension::kNested;
    const PageSize at_most = static_cast<PageSize>(random.below(3));
    const SegmentCheck expected = model.check(context, dimension, address, at_most);
    const SegmentCheck found = rtl.check(context, dimension, address, at_most);
    RC_ASSERT(found.inside == expected.inside);
    RC_ASSERT(found.escaped == expected.escaped);
    RC_ASSERT(found.sum == expected.sum);
    RC_ASSERT(found.widest == expected.widest);
    tally.escaped += found.escaped;
    tally.outside += !found.inside;
    tally.narrowed += found.widest < at_most;
  }
  RC_ASSERT(rtl.unit->checker.statistics.completed == model.unit->checker.statistics.completed);
  const auto& expected = model.unit->checker.statistics.filter;
  const auto& found = rtl.unit->checker.statistics.filter;
  RC_ASSERT(found.look_ups == expected.look_ups);
  RC_ASSERT(found.positives == expected.positives);
  RC_ASSERT(found.false_positives == expected.false_positives);
}

RC_GTEST_FIXTURE_PROP(RtlSegmentUnit, AnswersAndCountsWhatTheModelDoes, (uint64_t seed)) {
  Random random(scrambled(seed));
  Bench model("model", Mmu::make_own_segment_unit("model_unit", config, clock));
  Bench rtl("rtl", make_rtl_segment_unit("rtl_unit", config, clock));
  Tally tally;
  compare_units(random, model, rtl, tally);
}

TEST_F(RtlSegmentUnit, QuestionsMeetEverything) {
  Bench model("model", Mmu::make_own_segment_unit("model_unit", config, clock));
  Bench rtl("rtl", make_rtl_segment_unit("rtl_unit", config, clock));
  Tally tally;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    compare_units(random, model, rtl, tally);
  }
  EXPECT_GT(tally.completed, 500);
  EXPECT_GT(tally.escaped, 100);
  EXPECT_GT(tally.outside, 500);
  EXPECT_GT(tally.narrowed, 500);
}

TEST_F(RtlSegmentUnit, HashesThePagesThatAFilterGains) {
  Bench rtl("rtl", make_rtl_segment_unit("rtl_unit", config, clock));
  FilterConfig other = rtl_filter();
  ++other.seed;  // words of this filter, restored, would report other pages
  EscapeFilter filter(other);
  TranslationContext context;
  context.virtualized = true;
  context.vmm_segment = VmmSegment(GuestPhysical(0), GuestPhysical(uint64_t{1} << 40), 0x5000);
  context.vmm_filter = &filter;
  ContextRegisters registers;  // as an Mmu's: each content is a filter object of its own
  for (uint64_t page = 1; page <= 16; ++page) {
    filter.insert(page);
    registers.set(context);
    EXPECT_TRUE(
        rtl.check(registers.context(), Dimension::kNested, page << 12, PageSize::k4K).escaped)
        << page;
  }
}

// Words of such a filter would say nothing to the RTL's.
TEST_F(RtlSegmentUnit, LosesNoPageOfAFilterOfAnotherConfiguration) {
  Bench rtl("rtl", make_rtl_segment_unit("rtl_unit", config, clock));
  FilterConfig other = rtl_filter();
  other.bits *= 4;
  ++other.seed;
  EscapeFilter filters[] = {EscapeFilter(other), EscapeFilter(other)};
  TranslationContext context;
  context.virtualized = true;
  context.vmm_segment = VmmSegment(GuestPhysical(0), GuestPhysical(uint64_t{1} << 40), 0x5000);
  ContextRegisters registers;
  for (uint64_t which : {0, 1, 0}) {  // neither holds the other's pages: no mere insertion
    for (uint64_t page = 1; page <= 16; ++page) filters[which].insert(page + 1000 * which);
    context.vmm_filter = &filters[which];
    registers.set(context);
    for (uint64_t page = 1; page <= 16; ++page)
      EXPECT_TRUE(rtl.check(registers.context(), Dimension::kNested, (page + 1000 * which) << 12,
                            PageSize::k4K)
                      .escaped)
          << page;
  }
}

TEST_F(RtlSegmentUnit, ASegmentEntryThatItDoesNotAnswerIsRefused) {
  config.segment_entry = PageSize::k2M;
  EXPECT_THROW(make_rtl_segment_unit("rtl_unit", config, clock), std::invalid_argument);
}

TEST_F(RtlSegmentUnit, AddsTheOffsetInEachOfAMillionChecks) {
  Bench rtl("rtl", make_rtl_segment_unit("rtl_unit", config, clock));
  TranslationContext context;
  context.virtualized = true;
  context.vmm_segment = VmmSegment(GuestPhysical(0), GuestPhysical(uint64_t{1} << 40), 0x5000);
  EscapeFilter filter(rtl_filter());
  for (uint64_t page = 0; page < 16; ++page) filter.insert(page * 12345);
  context.vmm_filter = &filter;
  constexpr uint64_t kChecks = 1'000'000;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < kChecks; ++i)
    sum += rtl.check(context, Dimension::kNested, i << 16, PageSize::k4K).sum;
  EXPECT_EQ(sum, (kChecks * (kChecks - 1) / 2 << 16) + kChecks * 0x5000);
}

}  // namespace
}  // namespace nestwalk::test
