// SPDX-License-Identifier: Apache-2.0
#include "sim/processor/watchdog.h"

#include <gtest/gtest.h>

#include <vector>

#include "model/verification/latency_memory.h"
#include "model/verification/test_initiator.h"
#include "tests/sim/experiment/random_runs.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

constexpr uint64_t kBase = uint64_t{0x7f00} << 30;

/// Loads of as many pages in turn.
class PageStream : public Stream {
 public:
  explicit PageStream(uint64_t pages) : pages_(pages) {}
  size_t read(Reference* batch, size_t capacity) override {
    size_t size = 0;
    for (; size < capacity && next_ < pages_; ++size) {
      batch[size] = {};
      batch[size].address = kBase + 4096 * next_++;
    }
    return size;
  }

 private:
  uint64_t pages_;
  uint64_t next_ = 0;
};

/// A core whose tables lie in a memory that may stop answering.
class WatchdogTest : public SystemCTest {
 protected:
  WatchdogTest()
      : tables_("tables", {}, clock_, 2, contents_),
        mmu_("mmu", config(), clock_),
        caches_("caches", {}, {}, clock_, contents_, 1, 1),
        unused_("unused", TestInitiator::Protocol::kPhases, clock_),
        processor_("processor", processor_config(), clock_, {&stream_}, software_, {&mmu_},
                   caches_),
        watchdog_("watchdog", clock_, processor_, {&mmu_}) {
    mmu_.tables().bind(tables_.socket(0));
    mmu_.memory().bind(caches_.socket(0, MemorySystem::kData));
    unused_.socket.bind(caches_.socket(0, MemorySystem::kTables));
    unused_data_.socket.bind(tables_.socket(1));
    processor_.socket(0).bind(mmu_.cpu());
    mmu_.load_vm(software_.context());
  }

  static MmuConfig config() {
    MmuConfig config;
    config.walker.queue = 2;
    return config;
  }
  static ProcessorConfig processor_config() {
    ProcessorConfig config;
    config.approximate = true;
    config.outstanding = 6;
    config.paces = {{}};
    return config;
  }
  static SoftwareSetup software_config() {
    SoftwareSetup config;
    config.mode = Mode::kNative;
    config.paging.pages = {GuestPages::k4K, std::nullopt};
    return config;
  }

  Clock clock_;
  PhysicalMemory contents_{fixed_memory_size(PagingConfig{})};
  FixedSoftware software_{software_config(), contents_};
  PageStream stream_{100};
  LatencyMemory tables_;
  Mmu mmu_;
  MemorySystem caches_;
  TestInitiator unused_;
  TestInitiator unused_data_{"unused_data", TestInitiator::Protocol::kPhases, clock_};
  TraceProcessor processor_;
  Watchdog watchdog_;
};

TEST_F(WatchdogTest, LeavesARunThatGoesOnAlone) {
  sc_core::sc_start();
  EXPECT_TRUE(processor_.finished());
  EXPECT_EQ(watchdog_.complaint(), "");
}

TEST_F(WatchdogTest, SaysWhereTheRequestsOfAHungRunAre) {
  tables_.set_stuck(true);
  sc_core::sc_start();
  EXPECT_FALSE(processor_.finished());
  EXPECT_EQ(watchdog_.complaint(),
            "no reference issued or answered for 1000000 cycles\n"
            "references in flight: 6\n"
            "mmu: l1_tlb 6, segment_unit 6, l2_tlb 6, walker queue 3, walks in flight 1\n");
}

RunResult run(Config config, const std::vector<Reference>& references) {
  config.timing = Timing::kApproximate;
  ListStream stream(references, range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();  // throws what the watchdog says
  return machine.result();
}

TEST(WatchdogPatience, FetchesAreProgressToo) {
  constexpr uint64_t kFetches = 20000;
  Config config;
  config.fetch = true;
  config.memory.l1d.enabled = config.memory.l2.enabled = config.memory.l3.enabled = false;
  std::vector<Reference> references;
  for (uint64_t i = 0; i < kFetches; ++i)  // each of another page: a walk, of a read at least
    references.push_back({kRegion + 4096 * i, 1, 0, 4, ReferenceKind::kFetch});
  const RunResult result = run(config, references);
  EXPECT_GT(result.cycles, 2 * Watchdog::kPatience);
  EXPECT_EQ(result.fetch->walks, kFetches);
}

/// Nothing is issued while 1024 walks of 4 reads each end one after the other: 4 million cycles.
TEST(WatchdogPatience, AnswersAreProgressToo) {
  Config config;
  config.mmu.latency.memory = 1000;
  config.mmu.guest_structure_cache.enabled = false;
  config.memory.l1d.enabled = config.memory.l2.enabled = config.memory.l3.enabled = false;
  config.core.outstanding = 1024;
  std::vector<Reference> references;
  for (uint64_t i = 0; i < 1024; ++i)
    references.push_back({kRegion + 4096 * i, 1, 0, 8, ReferenceKind::kLoad});
  const RunResult result = run(config, references);
  EXPECT_GT(result.cycles, 3 * Watchdog::kPatience);
  EXPECT_EQ(result.walks.walks, 1024);
}

/// It is in flight whenever the watchdog looks while it takes its time.
TEST(WatchdogPatience, OutlastsTheSlowestDirtyAssist) {
  Config config;
  config.mmu.latency.dirty_assist = Watchdog::kPatience;
  const auto before = static_cast<uint32_t>(Watchdog::kPatience - 100);
  const RunResult result =
      run(config, {{kRegion, 1, 0, 8, ReferenceKind::kLoad},
                   {kRegion + 64, before, 0, 8, ReferenceKind::kStore}});  // of another line
  EXPECT_EQ(result.walks.dirty_assists, 1);
}

}  // namespace
}  // namespace nestwalk::test
