// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "model/filter/escape_filter.h"
#include "sim/software/bad_frames.h"
#include "tests/sim/software/managed_machine.h"

namespace nestwalk::test {
namespace {

class ManagedBadPages : public SystemCTest,
                        public testing::WithParamInterface<std::tuple<Mode, uint64_t>> {};

INSTANTIATE_TEST_SUITE_P(Spec24, ManagedBadPages,
                         testing::Combine(testing::Values(Mode::kBaseVirtualized, Mode::kDualDirect,
                                                          Mode::kVmmDirect, Mode::kGuestDirect),
                                          testing::Values(1, 2, 4, 8, 16, 64)));

TEST_P(ManagedBadPages, AreReplacedAndFalsePositivesKeepTheSegmentsFrame) {
  const auto [mode, bad] = GetParam();
  ManagedSoftwareSetup setup = managed_setup(mode);
  setup.primary_region = range(kManagedRegion, 4 * kMiB);
  setup.ranges = {*setup.primary_region};
  setup.managed.guest_memory = 16 * kMiB;
  setup.managed.host_memory = 64 * kMiB;
  setup.bad_pages = bad;
  ManagedMachine machine(setup);
  machine.touch(*setup.primary_region);
  machine.run(*setup.primary_region, 300);
  machine.check_all();
  EXPECT_EQ(machine.failure, "");
  EXPECT_EQ(machine.modes(), to_string(mode));

  const ManagedVm& vm = machine.software.running_vm();
  HostMemory& host = machine.software.running_vm().vm().host();
  EXPECT_EQ(host.retired_in(host.part()), bad);
  const TranslationContext& registers = machine.registers();
  if (!has_vmm_segment(mode)) return;
  EXPECT_EQ(registers.vmm_filter->inserted().size(), bad);
  uint64_t false_positives = 0;
  for (uint64_t frame = 0; frame < pages_of(16 * kMiB); ++frame) {
    const uint64_t by_segment = registers.vmm_segment.translate(GuestPhysical(frame << 12)).page();
    if (registers.vmm_filter->was_inserted(frame)) {
      EXPECT_NE(vm.vm().host_frame(frame), by_segment);
      EXPECT_TRUE(host.is_retired(by_segment));
      continue;
    }
    EXPECT_EQ(vm.vm().host_frame(frame), by_segment);
    false_positives += registers.vmm_filter->contains(frame);
  }
  if (bad == 64) {
    EXPECT_GT(false_positives, 200);  // 16 % of 4096
  }
}

// Of a large page only the first touch is served.
TEST(ManagedBadPagesInLargePages, AreAllReplaced) {
  for (const Mode mode : {Mode::kVmmDirect, Mode::kBaseVirtualized})
    for (const Pages& pages :
         {Pages{GuestPages::k2M, PageSize::k4K}, Pages{GuestPages::k2M, PageSize::k2M}}) {
      SystemCContext context;
      ManagedSoftwareSetup setup = managed_setup(mode);
      setup.paging.pages = pages;
      setup.primary_region = range(kManagedRegion, 4 * kMiB);
      setup.ranges = {*setup.primary_region};
      setup.managed.guest_memory = 16 * kMiB;
      setup.managed.host_memory = 64 * kMiB;
      setup.bad_pages = 7;
      ManagedMachine machine(setup);
      machine.touch(*setup.primary_region);
      machine.run(*setup.primary_region, 300);
      machine.check_all();
      EXPECT_EQ(machine.failure, "");
      HostMemory& host = machine.software.running_vm().vm().host();
      EXPECT_EQ(host.retired_in(host.part()), 7) << to_string(mode) << to_string(pages);
    }
}

// A fresh filter with fresh pages for each question: the answers are independent, so that their
// number is binomial. Four standard deviations: one run in 16000 would fail.
TEST(EscapeFilterRate, IsTheFormulasWithinBinomialBounds) {
  constexpr uint64_t kQuestions = 20000;
  const VirtualRange memory = range(0, 64 * kGiB);
  for (const uint64_t bad : {1, 2, 4, 8, 16, 32, 64}) {
    uint64_t positives = 0;
    for (uint64_t seed = 0; seed < kQuestions; ++seed) {
      FilterConfig config;
      config.seed = seed * 8 + 1;
      EscapeFilter filter(config);
      std::vector<GuestVirtual> pages = choose_pages({memory}, bad + 1, seed * 64 + bad);
      std::swap(pages[seed % pages.size()], pages.back());
      const uint64_t asked = pages.back().page();
      pages.pop_back();
      for (const GuestVirtual page : pages) filter.insert(page.page());
      positives += filter.contains(asked);
    }
    const double rate = std::pow(1 - std::pow(1 - 1 / 64.0, static_cast<double>(bad)), 4);
    const double mean = kQuestions * rate;
    EXPECT_NEAR(static_cast<double>(positives), mean, 4 * std::sqrt(mean * (1 - rate)) + 1) << bad;
  }
}

}  // namespace
}  // namespace nestwalk::test
