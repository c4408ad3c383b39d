// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/explain.h"

#include <gtest/gtest.h>

#include <regex>

#include "sim/io/input_error.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

constexpr uint64_t kAddress = 0x10000000000;

/// The last load is of `kAddress`, so that a TLB knows it.
RunSpec spec(const std::string& trace, Mode mode) {
  RunSpec spec;
  spec.config.mode = mode;
  spec.config.trace = trace;
  return spec;
}

uint64_t number_after(const std::string& text, const std::string& pattern) {
  std::smatch found;
  EXPECT_TRUE(std::regex_search(text, found, std::regex(pattern))) << pattern << " in\n" << text;
  return found.empty() ? 0 : std::stoull(found[1]);
}

class Explain : public testing::Test {
 protected:
  std::string trace(const char* text) { return directory_.write("trace.txt", text); }

  TemporaryDirectory directory_;
};

/// The structure caches and the nested TLB know the way to the page, and its table: what is left is
/// the guest's last entry.
TEST_F(Explain, TheWalkThatATlbSparedFindsTheStructureCachesWarm) {
  const std::string warm = trace("R 0x10000000000\nR 0x10000001000\nR 0x10000000000\n");
  const std::string text = explain(spec(warm, Mode::kBaseVirtualized), GuestVirtual(kAddress)).text;
  EXPECT_NE(text.find("answered by the L1 TLB, 0 cycles"), std::string::npos) << text;
  EXPECT_EQ(number_after(text, "([0-9]+) table read"), 1) << text;
  EXPECT_EQ(text.find("was not mapped"), std::string::npos) << text;
}

TEST_F(Explain, TheStepsSumToTheHeadline) {
  const std::string other = trace("R 0x10000001000\n");
  const std::string text =
      explain(spec(other, Mode::kBaseVirtualized), GuestVirtual(kAddress)).text;
  EXPECT_EQ(number_after(text, "answered by a page walk, ([0-9]+) cycles"),
            number_after(text, "= ([0-9]+) cycles"))
      << text;
  EXPECT_EQ(number_after(text, "L2 TLB look-up ([0-9]+) cycles"), 7) << text;
  EXPECT_NE(text.find("\nits page was not mapped: it was for this load\n"), std::string::npos)
      << text;
}

TEST_F(Explain, WhereSegmentsWouldCompleteTheMissNoWalkIsSpared) {
  const std::string warm = trace("R 0x10000000000\nR 0x10000001000\nR 0x10000000000\n");
  for (const Mode mode : {Mode::kDualDirect, Mode::kNativeDirect}) {
    RunSpec run = spec(warm, mode);
    run.config.mmu.latency.segment_completion = 3;
    const Explanation found = explain(run, GuestVirtual(kAddress));
    EXPECT_NE(found.text.find("answered by the L1 TLB, 0 cycles"), std::string::npos) << found.text;
    EXPECT_EQ(number_after(found.text, "segments would have completed the miss, ([0-9]+) cycles"),
              3);
    EXPECT_EQ(found.text.find("the walk that this spared"), std::string::npos) << found.text;
    EXPECT_EQ(found.svg, "");
  }
  const std::string text = explain(spec(warm, Mode::kVmmDirect), GuestVirtual(kAddress)).text;
  EXPECT_NE(text.find("the walk that this spared"), std::string::npos) << text;
}

TEST_F(Explain, NamesTheModeInForce) {
  RunSpec run = spec(trace("R 0x10000000000\nR 0x10000000000\n"), Mode::kDualDirect);
  EXPECT_NE(explain(run, GuestVirtual(kAddress)).text.find(", dual-direct, after"),
            std::string::npos);
  run.config.software.model = SoftwareModel::kManaged;
  run.config.software.managed.vmm_direct_segments = false;
  run.config.software.managed.guest_memory = uint64_t{1} << 30;
  run.config.software.managed.host_memory = uint64_t{1} << 31;
  const std::string text = explain(run, GuestVirtual(kAddress)).text;
  EXPECT_NE(text.find(", guest-direct (configured: dual-direct), after"), std::string::npos)
      << text;
}

TEST_F(Explain, CountsTheWarmUpToo) {
  RunSpec run = spec("", Mode::kNative);
  run.config.workload = "chase:size=1MiB,references=1000";
  run.config.warmup = 100;
  run.config.references = 50;
  EXPECT_EQ(number_after(explain(run, GuestVirtual(kAddress)).text, "after ([0-9]+) references"),
            150);
}

TEST_F(Explain, ItsTableEndsWithOneEmptyLine) {
  const std::string other = trace("R 0x10000001000\n");
  for (const Mode mode : {Mode::kNative, Mode::kBaseVirtualized, Mode::kVmmDirect}) {
    const std::string text = explain(spec(other, mode), GuestVirtual(kAddress)).text;
    const size_t data = text.find("\ndata ");
    ASSERT_NE(data, std::string::npos) << text;
    EXPECT_EQ(text.find("\n\n\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\n\nL2 TLB look-up", data), std::string::npos) << text;
  }
}

TEST_F(Explain, RefusesStreamsBesideTheFirst) {
  RunSpec run = spec(trace("R 0x10000001000\n"), Mode::kVmmDirect);
  run.config.beside = {"gups:size=1MiB,updates=10"};
  run.config.core.count = 2;
  EXPECT_THROW(explain(run, GuestVirtual(kAddress)), InputError);
}

}  // namespace
}  // namespace nestwalk
