// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/explain.h"

#include <gtest/gtest.h>

#include <regex>
#include <utility>
#include <vector>

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

Explanation explain_load(const RunSpec& run) {
  return explain(run, GuestVirtual(kAddress), AccessKind::kRead);
}
std::string explain_text(const RunSpec& run) {
  return to_text(explain_load(run));
}

using Found = std::pair<PageWalk::Need, LookUpResult>;

/// What the look-ups and checks of the walk found, in order.
std::vector<Found> look_ups(const Explanation& explanation) {
  std::vector<Found> found;
  for (const WalkRecorder::Step& step : explanation.steps)
    if (step.found != LookUpResult::kNone) found.emplace_back(step.need, step.found);
  return found;
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
  const std::string text = explain_text(spec(warm, Mode::kBaseVirtualized));
  EXPECT_NE(text.find("answered by the L1 TLB, 0 cycles"), std::string::npos) << text;
  EXPECT_EQ(number_after(text, "([0-9]+) table read"), 1) << text;
  EXPECT_EQ(text.find("faults served"), std::string::npos) << text;
}

TEST_F(Explain, TheStepsSumToTheHeadline) {
  const std::string other = trace("R 0x10000001000\n");
  const std::string text = explain_text(spec(other, Mode::kBaseVirtualized));
  EXPECT_EQ(number_after(text, "answered by a page walk, ([0-9]+) cycles"),
            number_after(text, "= ([0-9]+) cycles"))
      << text;
  EXPECT_EQ(number_after(text, "L2 TLB look-up ([0-9]+) cycles"), 7) << text;
  EXPECT_NE(text.find("\nfaults served before it: 1 guest, 1 nested\n"), std::string::npos) << text;
}

TEST_F(Explain, WhereSegmentsWouldCompleteTheMissNoWalkIsSpared) {
  const std::string warm = trace("R 0x10000000000\nR 0x10000001000\nR 0x10000000000\n");
  for (const Mode mode : {Mode::kDualDirect, Mode::kNativeDirect}) {
    RunSpec run = spec(warm, mode);
    run.config.mmu.latency.segment_completion = 3;
    const Explanation found = explain_load(run);
    const std::string text = to_text(found);
    EXPECT_NE(text.find("answered by the L1 TLB, 0 cycles"), std::string::npos) << text;
    EXPECT_EQ(number_after(text, "segments would have completed the miss, ([0-9]+) cycles"), 3);
    EXPECT_EQ(text.find("the walk that this spared"), std::string::npos) << text;
    EXPECT_FALSE(found.has_walk());
  }
  const std::string text = explain_text(spec(warm, Mode::kVmmDirect));
  EXPECT_NE(text.find("the walk that this spared"), std::string::npos) << text;
}

// Of a page beside one that was touched the table is known, of one far away nothing is.
TEST_F(Explain, SaysWhatEachLookUpFound) {
  using Need = PageWalk::Need;
  constexpr LookUpResult kHit = LookUpResult::kHit;
  constexpr LookUpResult kMiss = LookUpResult::kMiss;
  const std::string beside = trace("R 0x10000001000\n");
  const Explanation near = explain_load(spec(beside, Mode::kBaseVirtualized));
  EXPECT_EQ(look_ups(near), (std::vector<Found>{{Need::kGuestStructure, kHit},
                                                {Need::kNestedTlb, kMiss},
                                                {Need::kNestedStructure, kHit}}));
  const std::string text = to_text(near);
  EXPECT_NE(text.find("  guest structure cache hit 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  nested TLB miss 7, nested structure cache hit 1\n"), std::string::npos)
      << text;
  EXPECT_NE(to_svg(near).find(">nested TLB: miss, 7 cycles<"), std::string::npos);

  const std::string far = trace("R 0x20000000000\n");
  EXPECT_EQ(look_ups(explain_load(spec(far, Mode::kBaseVirtualized))).front(),
            Found(Need::kGuestStructure, kMiss));
}

// The load leaves an entry without D in the nested TLB.
TEST_F(Explain, SaysThatANestedEntryDidNotSuffice) {
  const RunSpec run = spec(trace("R 0x10000000000\n"), Mode::kBaseVirtualized);
  const Found denied(PageWalk::Need::kNestedTlb, LookUpResult::kDenied);
  const Explanation load = explain(run, GuestVirtual(kAddress), AccessKind::kRead);
  EXPECT_EQ(look_ups(load).at(1), Found(PageWalk::Need::kNestedTlb, LookUpResult::kHit));
  const Explanation store = explain(run, GuestVirtual(kAddress), AccessKind::kWrite);
  EXPECT_EQ(look_ups(store).at(1), denied);
  EXPECT_NE(to_text(store).find("nested TLB hit without rights or D 7, "), std::string::npos);
}

TEST_F(Explain, SaysWhatTheChecksFound) {
  constexpr PageWalk::Need kCheck = PageWalk::Need::kGuestCheck;
  RunSpec run =
      spec(trace("R 0x10000001000\nC guest-filter-insert 0x10000000\n"), Mode::kGuestDirect);
  run.config.mmu.guest_filter_enabled = true;
  run.config.software.primary_region =
      VirtualRange{GuestVirtual(kAddress), GuestVirtual(kAddress + 0x4000)};
  const auto first = [&](uint64_t offset) {
    const GuestVirtual address(kAddress + offset);
    return look_ups(explain(run, address, AccessKind::kRead)).front();
  };
  EXPECT_EQ(first(0x3000), Found(kCheck, LookUpResult::kHit));
  EXPECT_EQ(first(0x4000), Found(kCheck, LookUpResult::kMiss)) << "past the end";
  EXPECT_EQ(first(0), Found(kCheck, LookUpResult::kEscaped));
  const std::string text = explain_text(run);
  EXPECT_NE(text.find("  guest check escaped 1, "), std::string::npos) << text;
}

TEST_F(Explain, ExplainsStoresAndFetches) {
  RunSpec run = spec(trace("R 0x10000000000\n"), Mode::kNative);
  run.config.mmu.latency.ad_update = 5;
  const GuestVirtual untouched(kAddress + 0x1000);
  const auto total = [&](AccessKind access) { return totals(explain(run, untouched, access)); };
  EXPECT_EQ(total(AccessKind::kRead).update_cycles, 5) << "A";
  EXPECT_EQ(total(AccessKind::kWrite).update_cycles, 5) << "A and D of one entry at once";
  const std::string fetch = to_text(explain(run, untouched, AccessKind::kExecute));
  EXPECT_EQ(fetch.rfind("fetch from 0x10000001000, native, after 1 references\n", 0), 0U) << fetch;
  EXPECT_NE(fetch.find("\nfaults served before it: 1 guest, 0 nested\n"), std::string::npos)
      << fetch;
}

// What the software does for an address is no fault where segments translate it, or where it only
// makes sure.
TEST_F(Explain, CountsTheFaultsThatWereServed) {
  const std::string other = trace("R 0x10000001000\n");
  RunSpec run = spec(other, Mode::kDualDirect);
  run.config.software.primary_region =
      VirtualRange{GuestVirtual(kAddress), GuestVirtual(kAddress + 0x4000)};
  const Explanation direct = explain_load(run);
  EXPECT_EQ(direct.source, TranslationSource::kSegments);
  EXPECT_EQ(direct.faults.guest + direct.faults.nested, 0);

  RunSpec managed = spec(trace("R 0x10000000000\n"), Mode::kBaseVirtualized);
  managed.config.software.model = SoftwareModel::kManaged;
  managed.config.software.managed.guest_memory = uint64_t{64} << 20;
  managed.config.software.managed.host_memory = uint64_t{128} << 20;
  managed.config.paging.ept_accessed_dirty = false;
  const Explanation store = explain(managed, GuestVirtual(kAddress), AccessKind::kWrite);
  EXPECT_EQ(store.faults.guest + store.faults.nested, 0);
}

/// The parts of a walk are all of what the miss cost, and the steps all of the parts.
TEST_F(Explain, ItsJsonHasEveryStep) {
  RunSpec run = spec(trace("R 0x20000000000\n"), Mode::kBaseVirtualized);
  run.config.mmu.latency.ad_update = 5;
  const nlohmann::ordered_json json = to_json(explain_load(run));
  EXPECT_EQ(json.at("address"), "0x10000000000");
  EXPECT_EQ(json.at("answered_by"), "walk");
  EXPECT_EQ(json.at("mode"), "base-virtualized");
  EXPECT_EQ(json.at("faults"), (nlohmann::ordered_json{{"guest", 1}, {"nested", 1 + 3}}))
      << "of the page, and of three new guest tables";
  const auto& walk = json.at("walk");
  EXPECT_EQ(walk.at("spared"), false);
  EXPECT_EQ(walk.at("cycles"), json.at("cycles"));
  uint64_t reads = 0;
  uint64_t cycles = walk.at("l2_tlb_cycles");
  uint64_t updates = 0;
  for (const auto& step : walk.at("steps")) {
    reads += step.at("step") == "read" ? 1 : 0;
    updates += step.at("step") == "set_bits" ? 1 : 0;
    cycles += step.at("cycles").get<uint64_t>();
  }
  EXPECT_EQ(reads, walk.at("reads"));
  EXPECT_EQ(cycles, walk.at("cycles"));
  EXPECT_GT(updates, 0);
  EXPECT_EQ(updates * 5, walk.at("ad_update_cycles"));
}

TEST_F(Explain, ItsJsonHasNoWalkWhereSegmentsTranslate) {
  const nlohmann::ordered_json json =
      to_json(explain_load(spec(trace("R 0x10000001000\nR 0x10000000000\n"), Mode::kDualDirect)));
  EXPECT_EQ(json.at("answered_by"), "l1_tlb");
  EXPECT_EQ(json.at("segments_would_complete"), true);
  EXPECT_EQ(json.at("segment_completion_cycles"), LatencyTable().segment_completion);
  EXPECT_TRUE(json.at("walk").is_null());
}

TEST_F(Explain, NamesTheModeInForce) {
  RunSpec run = spec(trace("R 0x10000000000\nR 0x10000000000\n"), Mode::kDualDirect);
  EXPECT_NE(explain_text(run).find(", dual-direct, after"), std::string::npos);
  run.config.software.model = SoftwareModel::kManaged;
  run.config.software.managed.vmm_direct_segments = false;
  run.config.software.managed.guest_memory = uint64_t{1} << 30;
  run.config.software.managed.host_memory = uint64_t{1} << 31;
  const std::string text = explain_text(run);
  EXPECT_NE(text.find(", guest-direct (configured: dual-direct), after"), std::string::npos)
      << text;
}

TEST_F(Explain, CountsTheWarmUpToo) {
  RunSpec run = spec("", Mode::kNative);
  run.config.workload = "chase:size=1MiB,references=1000";
  run.config.warmup = 100;
  run.config.references = 50;
  EXPECT_EQ(number_after(explain_text(run), "after ([0-9]+) references"), 150);
}

TEST_F(Explain, ItsTableEndsWithOneEmptyLine) {
  const std::string other = trace("R 0x10000001000\n");
  for (const Mode mode : {Mode::kNative, Mode::kBaseVirtualized, Mode::kVmmDirect}) {
    const std::string text = explain_text(spec(other, mode));
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
  EXPECT_THROW(explain_load(run), InputError);
}

}  // namespace
}  // namespace nestwalk
