// SPDX-License-Identifier: Apache-2.0
// An access that crosses a page is two, whatever its kind.
#include <gtest/gtest.h>

#include "tests/sim/experiment/random_runs.h"

namespace nestwalk::test {
namespace {

constexpr uint8_t kSize = 4;
constexpr uint64_t kBeforeEdge = kRegion + 0x2000 - kSize / 2;  // in page 1 of 512, and in page 2

nlohmann::ordered_json run_one(ReferenceKind kind, Timing timing) {
  Config config;
  config.timing = timing;
  config.fetch = true;
  config.memory.data_path = false;
  ListStream stream({{kBeforeEdge, 1, 0, kSize, kind}}, range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  return to_json(machine.result());
}

// The first walk reads four entries from memory; the second finds the pointer to the last table in
// the structure caches and its entry in the line that the first one read.
TEST(PageCrossing, TwoPagesAreTranslated) {
  const LatencyTable latency;
  const uint64_t walk_cycles =
      latency.structure_cache + 4 * latency.memory + latency.structure_cache + latency.l1d;
  const uint64_t stall_cycles = 2 * latency.l2_tlb + walk_cycles;
  for (const Timing timing : {Timing::kLoose, Timing::kApproximate}) {
    for (const ReferenceKind kind : {ReferenceKind::kLoad, ReferenceKind::kStore}) {
      const auto result = run_one(kind, timing);
      EXPECT_EQ(result.at("references"), 2);
      EXPECT_EQ(result.at("l1_tlb").at("misses"), 2);
      EXPECT_EQ(result.at("walks").at("count"), 2);
      EXPECT_EQ(result.at("walks").at("cycles"), walk_cycles);
      EXPECT_EQ(result.at("stall_cycles"), stall_cycles);
      EXPECT_EQ(result.at("instructions"), 1);
    }
    const auto result = run_one(ReferenceKind::kFetch, timing);
    const auto& fetch = result.at("fetch");
    EXPECT_EQ(result.at("references"), 0);
    EXPECT_EQ(fetch.at("references"), 2);
    EXPECT_EQ(fetch.at("instruction_tlb").at("misses"), 2);
    EXPECT_EQ(fetch.at("walks").at("count"), 2);
    EXPECT_EQ(fetch.at("walks").at("cycles"), walk_cycles);
    EXPECT_EQ(fetch.at("stall_cycles"), stall_cycles);
    EXPECT_EQ(result.at("stall_cycles"), stall_cycles);
    EXPECT_EQ(result.at("instructions"), 1);
    EXPECT_EQ(result.at("faults").at("guest"), 2);
  }
}

/// Pages 0, 16, 32, ... are of one set of four ways. The access that crosses into page 16 makes it
/// the most recently used there, so that page 0 has to be made that again before three others come.
TEST(PageCrossing, IsSeenByTheHitsThatFollow) {
  const auto page = [](uint64_t number) { return kRegion + number * 4096; };
  const uint64_t crossing = page(16) - kSize / 2;
  for (const Timing timing : {Timing::kLoose, Timing::kApproximate}) {
    Config config;
    config.timing = timing;
    config.memory.data_path = false;
    std::vector<Reference> references;
    for (const uint64_t address :
         {page(0), page(16), page(0), crossing, page(0), page(32), page(48), page(64), page(0)})
      references.push_back({address, 1, 0, kSize, ReferenceKind::kLoad});
    ListStream stream(references, range(kRegion, kGiB));
    Machine machine(config, stream, {});
    machine.run();
    const auto result = to_json(machine.result());
    EXPECT_EQ(result.at("l1_tlb").at("misses"), 6) << "pages 0, 15, 16, 32, 48, 64";
    EXPECT_EQ(result.at("l1_tlb").at("hits"), 4);
  }
}

}  // namespace
}  // namespace nestwalk::test
