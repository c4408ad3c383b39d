// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/verification.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/config/keys.h"
#include "sim/config/presets.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

VerificationSpec spec(const std::string& workload, const std::string& preset = "paper") {
  VerificationSpec spec;
  for (const Setting& setting : find_preset(preset).settings)
    find_key(setting.key)->set(spec.run.config, setting.value);
  spec.run.config.workload = workload;
  return spec;
}

const ModeVerification& mode(const Verification& verification, Mode wanted) {
  for (const ModeVerification& one : verification.modes)
    if (one.mode == wanted) return one;
  throw std::out_of_range("mode");
}

void expect_split_sums(const Verification& verification) {
  for (const ModeVerification& one : verification.modes) {
    if (!one.error) continue;
    const double error =
        static_cast<double>(one.simulated.walks.cycles) / one.prediction.cycles - 1;
    const ErrorSplit& split = *one.error;
    EXPECT_NEAR(split.miss_count + split.walk_cost + split.check_cost + split.filter, error, 1e-9);
  }
}

/// Where every walk costs what the formulas say the linear model is exact.
TEST(Verification, OfTheClosedFormsFindsNoError) {
  const Verification verification = verify(spec("gups:size=4GiB,updates=20000", "closed-form"));
  EXPECT_TRUE(verification.closed_form_holds());
  EXPECT_TRUE(verification.holds());
  EXPECT_DOUBLE_EQ(verification.input.native_walk, 400);
  EXPECT_DOUBLE_EQ(verification.input.nested_walk, 2400);
  EXPECT_NEAR(mode(verification, Mode::kVmmDirect).error.value().error(), 0, 1e-12);
  EXPECT_NEAR(mode(verification, Mode::kGuestDirect).error.value().error(), 0, 1e-12);
  EXPECT_FALSE(mode(verification, Mode::kDualDirect).error);
  EXPECT_FALSE(mode(verification, Mode::kNativeDirect).error);
  EXPECT_EQ(mode(verification, Mode::kDualDirect).misses.share(SegmentClass::kBoth), 1);
}

/// Interface: less than tolerance x c_v x m_n.
TEST(Verification, OfNothingPredictedHoldsBelowTheTolerance) {
  VerificationSpec none = spec("gups:size=1GiB,updates=2000", "closed-form");
  none.tolerance = 0;
  EXPECT_FALSE(mode(verify(none), Mode::kDualDirect).holds);
  none.tolerance = 1e-9;
  EXPECT_TRUE(mode(verify(none), Mode::kDualDirect).holds);
}

TEST(Verification, ClassifiesMissesByTheWouldBeSegments) {
  VerificationSpec half = spec("chase:size=64MiB,references=40000", "closed-form");
  const uint64_t base = uint64_t{1} << 40;
  half.run.config.software.primary_region =
      VirtualRange{GuestVirtual(base), GuestVirtual(base + (uint64_t{32} << 20))};
  const Verification verification = verify(half);
  const MissCounts& dual = mode(verification, Mode::kDualDirect).misses;
  EXPECT_NEAR(dual.share(SegmentClass::kBoth), 0.5, 0.02);
  EXPECT_NEAR(dual.share(SegmentClass::kVmmOnly), 0.5, 0.02);
  EXPECT_NEAR(mode(verification, Mode::kGuestDirect).misses.share(SegmentClass::kNeither), 0.5,
              0.02);
  EXPECT_EQ(mode(verification, Mode::kVmmDirect).misses.share(SegmentClass::kVmmOnly), 1);
  EXPECT_NEAR(mode(verification, Mode::kNativeDirect).misses.share(SegmentClass::kGuestOnly), 0.5,
              0.02);
  expect_split_sums(verification);
  // Each walk outside the guest segment pays one check that the model forgets.
  const ErrorSplit& dual_error = mode(verification, Mode::kDualDirect).error.value();
  EXPECT_NEAR(dual_error.check_cost, 1.0 / 405, 1e-3);
  EXPECT_NEAR(dual_error.walk_cost, 0, 1e-9);
  EXPECT_TRUE(verification.holds());
}

TEST(Verification, SplitsTheErrorOfARealMachine) {
  const Verification verification = verify(spec("chase:size=64MiB,references=60000"));
  EXPECT_TRUE(verification.closed_form_holds());
  EXPECT_EQ(verification.input.misses, static_cast<double>(verification.native.walks.walks));
  EXPECT_GT(verification.input.nested_walk, verification.input.native_walk);
  expect_split_sums(verification);
  // A structure cache gives the table without its check: fewer checks than D_VD says.
  EXPECT_LT(mode(verification, Mode::kVmmDirect).error.value().check_cost, 0);
}

TEST(Verification, GivesTheFilterItsPart) {
  VerificationSpec bad = spec("chase:size=1MiB,references=60000", "closed-form");
  bad.run.config.mmu.l2_tlb.entries = 64;
  bad.run.config.software.bad_pages = 16;
  const Verification verification = verify(bad);
  EXPECT_TRUE(verification.closed_form_holds());
  expect_split_sums(verification);
  const ModeVerification& vmm = mode(verification, Mode::kVmmDirect);
  EXPECT_NEAR(vmm.misses.share(SegmentClass::kNeither), 16.0 / 256, 0.01);
  // The model charges an escaped page a whole 2D walk of 2400; its tables are still in the segment:
  // 8 reads and 5 checks.
  EXPECT_LT(vmm.error.value().filter, 0);
  EXPECT_NEAR(vmm.error.value().walk_cost, 0, 1e-9);
  const ModeVerification& dual = mode(verification, Mode::kDualDirect);
  EXPECT_NEAR(dual.misses.share(SegmentClass::kGuestOnly), 16.0 / 256, 0.01);
  EXPECT_NE(dual.error.value().filter, 0);
}

/// Bad pages that no guest segment covers: in the VM their gPA lies inside the VMM segment.
TEST(Verification, KnowsEscapedPagesOutsideThePrimaryRegion) {
  VerificationSpec bad = spec("chase:size=1MiB,references=60000", "closed-form");
  bad.run.config.mmu.l2_tlb.entries = 64;
  bad.run.config.software.bad_pages = 16;
  const uint64_t elsewhere = uint64_t{1} << 45;
  bad.run.config.software.primary_region =
      VirtualRange{GuestVirtual(elsewhere), GuestVirtual(elsewhere + (uint64_t{1} << 20))};
  const Verification verification = verify(bad);
  expect_split_sums(verification);
  const ModeVerification& vmm = mode(verification, Mode::kVmmDirect);
  EXPECT_NEAR(vmm.misses.share(SegmentClass::kNeither), 16.0 / 256, 0.01);
  EXPECT_LT(vmm.error.value().filter, 0);
  EXPECT_NEAR(vmm.error.value().walk_cost, 0, 1e-9);
}

TEST(Verification, TakesTheChecksOfThePageSize) {
  VerificationSpec large = spec("gups:size=4GiB,updates=5000", "closed-form");
  large.run.config.paging.pages = parse_pages("2M+2M");
  EXPECT_EQ(verify(large).input.vmm_direct_checks, 4);
  large.run.config.paging.pages = parse_pages("THP+2M");
  EXPECT_EQ(verify(large).input.vmm_direct_checks, 4);
  // Natively a bad frame breaks its page up, in a VM it does not.
  large.run.config.software.bad_pages = 500;
  EXPECT_EQ(verify(large).input.vmm_direct_checks, 4);
  large.run.config.software.bad_pages = 0;
  large.run.config.paging.pages = parse_pages("4K+2M");
  large.run.config.paging.guest_levels = 5;
  EXPECT_EQ(verify(large).input.vmm_direct_checks, 6);
}

TEST(Verification, RefusesWhatItCannotVerify) {
  VerificationSpec pipe = spec("");
  pipe.run.config.trace = "-";
  EXPECT_THROW(verify(pipe), InputError);
  VerificationSpec fetch = spec("chase:references=1000");
  fetch.run.config.fetch = true;
  EXPECT_THROW(verify(fetch), InputError);
  VerificationSpec native_pages = spec("chase:references=1000");
  native_pages.run.config.paging.pages = parse_pages("2M");
  EXPECT_THROW(verify(native_pages), InputError);
  VerificationSpec managed = spec("chase:references=1000");
  managed.run.config.mode = Mode::kBaseVirtualized;
  managed.run.config.software.model = SoftwareModel::kManaged;
  EXPECT_THROW(verify(managed), InputError);
  VerificationSpec scattered = spec("chase:references=1000");
  scattered.run.config.software.scattered_frames = true;
  EXPECT_THROW(verify(scattered), InputError);
  VerificationSpec all_warm_up = spec("chase:references=1000");
  all_warm_up.run.config.warmup = 1000;
  EXPECT_THROW(verify(all_warm_up), InputError);
  VerificationSpec all_left_out = spec("chase:references=1000");
  all_left_out.run.config.skip = 1000;
  EXPECT_THROW(verify(all_left_out), InputError);
}

TEST(Verification, SaysThatWithoutAMissThereIsNothingToVerify) {
  VerificationSpec one = spec("chase:size=16KiB,references=2000", "closed-form");
  one.run.config.warmup = 100;
  const Verification verification = verify(one);
  EXPECT_FALSE(verification.has_misses());
  EXPECT_TRUE(verification.holds());
  const std::string text = to_text(verification);
  EXPECT_NE(text.find("No native TLB miss"), std::string::npos);
  EXPECT_EQ(text.find("holds within"), std::string::npos);
  EXPECT_EQ(text.find("closed form"), std::string::npos);
  const nlohmann::ordered_json json = to_json(verification);
  EXPECT_TRUE(json["c_n"].is_null());
  EXPECT_TRUE(json["c_v"].is_null());
  for (const char* part : {"dd", "vd", "gd"})
    EXPECT_TRUE(json["modes"]["dual-direct"]["f"].at(part).is_null()) << part;
  EXPECT_TRUE(json["modes"]["native-direct"]["f"].at("ds").is_null());
}

/// Several walks in flight: each one's cycles are its own.
TEST(Verification, TellsOverlappingWalksApart) {
  VerificationSpec bad = spec("chase:size=1MiB,references=60000", "closed-form");
  bad.run.config.mmu.l2_tlb.entries = 64;
  bad.run.config.software.bad_pages = 16;
  const ModeVerification alone = mode(verify(bad), Mode::kVmmDirect);
  bad.run.config.timing = Timing::kApproximate;
  bad.run.config.core.outstanding = 8;
  bad.run.config.mmu.walker.count = 4;
  const ModeVerification overlapping = mode(verify(bad), Mode::kVmmDirect);
  // Every walk costs what the formula says, whatever walks beside it.
  EXPECT_NEAR(overlapping.error.value().walk_cost, 0, 1e-9);
  EXPECT_NEAR(overlapping.error.value().filter, alone.error.value().filter, 0.01);
}

}  // namespace
}  // namespace nestwalk
