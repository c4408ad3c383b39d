// SPDX-License-Identifier: Apache-2.0
#include "sim/processor/watchdog.h"

#include <gtest/gtest.h>

#include "model/verification/latency_memory.h"
#include "model/verification/test_initiator.h"
#include "tests/sim/software/software_machine.h"
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
  static LinearSoftwareConfig software_config() {
    LinearSoftwareConfig config;
    config.mode = Mode::kNative;
    config.paging.pages = {GuestPages::k4K, std::nullopt};
    return config;
  }

  Clock clock_;
  PhysicalMemory contents_{host_memory_size(PagingConfig{})};
  LinearSoftware software_{software_config(), contents_};
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
            "no reference issued for 1000000 cycles\n"
            "references in flight: 6\n"
            "mmu: l1_tlb 6, segment_unit 6, l2_tlb 6, walker queue 3, walks in flight 1\n");
}

}  // namespace
}  // namespace nestwalk::test
