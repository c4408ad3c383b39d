// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/shared_software.h"

#include <gtest/gtest.h>

#include "sim/experiment/machine.h"
#include "sim/experiment/run.h"
#include "sim/process/worker.h"
#include "sim/report/run_result.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {
namespace {

/// Half of both memories in use by others.
Config fragmented() {
  Config config;
  config.workload = "gups:size=64MiB,updates=4000";
  config.mode = Mode::kDualDirect;
  config.software.model = SoftwareModel::kManaged;
  config.software.managed.host_memory = uint64_t{4} << 30;
  config.software.managed.guest_memory = uint64_t{1} << 30;
  config.software.managed.host_fragmentation = {0.5, 64, 0};
  config.software.managed.guest_fragmentation = {0.4, 16, 0.1};
  config.software.managed.interval = 500;
  return config;
}

std::unique_ptr<Stream> stream_of(const Config& config) {
  return open_workload(config.workload, config.seed);
}

nlohmann::json result_of_run(const Config& config) {
  nlohmann::json json = nlohmann::json::parse(to_json(run({config, std::nullopt, false})).dump());
  json.erase("host");
  return json;
}

/// What a forked process finds on the shared software side.
nlohmann::json result_on(const SharedSoftware& shared, const Config& config) {
  Worker worker([&] {
    const std::unique_ptr<Stream> stream = stream_of(config);
    Machine::Options options;
    options.software = shared.lend(config, *stream);
    if (!options.software) return std::string("\"not lent\"");
    Machine machine(config, *stream, options);
    machine.run();
    return to_json(machine.result()).dump();
  });
  while (true)
    if (const auto outcome = worker.collect())
      return nlohmann::json::parse(outcome->answer.value_or("\"" + outcome->reason + "\""));
}

std::optional<SoftwareInputs> inputs(const Config& config) {
  return SharedSoftware::inputs(config, *stream_of(config));
}

TEST(SharedSoftware, GivesTheResultsOfARunToEachOfMany) {
  for (const Mode mode :
       {Mode::kBaseVirtualized, Mode::kVmmDirect, Mode::kGuestDirect, Mode::kDualDirect}) {
    Config config = fragmented();
    config.mode = mode;
    const SharedSoftware shared(config, *stream_of(config));
    for (const uint32_t entries : {512, 64, 512}) {
      config.mmu.l2_tlb.entries = entries;
      EXPECT_EQ(result_on(shared, config), result_of_run(config)) << static_cast<int>(mode);
    }
  }
}

TEST(SharedSoftware, GivesThemOnTheSimpleSoftwareSideToo) {
  for (const Mode mode : {Mode::kNative, Mode::kNativeDirect, Mode::kBaseVirtualized,
                          Mode::kVmmDirect, Mode::kGuestDirect, Mode::kDualDirect}) {
    Config config;
    config.workload = "gups:size=64MiB,updates=4000";
    config.mode = mode;
    if (has_vmm_segment(mode) || mode == Mode::kNativeDirect) config.software.bad_pages = 8;
    const SharedSoftware shared(config, *stream_of(config));
    for (const uint32_t entries : {512, 64, 512}) {
      config.mmu.l2_tlb.entries = entries;
      EXPECT_EQ(result_on(shared, config), result_of_run(config)) << static_cast<int>(mode);
    }
  }
}

TEST(SharedSoftware, OfOneKindIsNotForTheOther) {
  Config config = fragmented();
  config.software.model = SoftwareModel::kFixed;
  const SharedSoftware shared(config, *stream_of(config));
  EXPECT_TRUE(inputs(config));
  config.software.model = SoftwareModel::kManaged;
  EXPECT_EQ(result_on(shared, config), nlohmann::json("not lent"));
}

TEST(SharedSoftware, GivesThemWithBadPagesAndRequests) {
  Config config = fragmented();
  config.software.bad_pages = 8;
  config.software.managed.schedule = {"1000 balloon 16MiB", "2000 share", "5000 deflate 16MiB"};
  config.paging.pages.guest = GuestPages::kThp;
  config.warmup = 1000;
  const SharedSoftware shared(config, *stream_of(config));
  for (const Cycles memory : {190, 250}) {
    config.mmu.latency.memory = memory;
    EXPECT_EQ(result_on(shared, config), result_of_run(config));
  }
}

TEST(SharedSoftware, IsForAnyHardware) {
  const Config config = fragmented();
  Config other = config;
  other.mmu.l1_tlb.pages_4k = {32, 4};
  other.mmu.latency.memory = 300;
  other.memory.l3.size *= 2;
  other.timing = Timing::kApproximate;
  other.core.outstanding = 4;
  other.references = 100;
  ASSERT_TRUE(inputs(config));
  EXPECT_TRUE(inputs(config) == inputs(other));
}

TEST(SharedSoftware, IsForNoOtherMemory) {
  const Config config = fragmented();
  const SharedSoftware shared(config, *stream_of(config));
  const auto refuses = [&](auto change) {
    Config other = config;
    change(other);
    return !(inputs(config) == inputs(other)) &&
           result_on(shared, other) == nlohmann::json("not lent");
  };
  EXPECT_TRUE(refuses([](Config& c) { c.mode = Mode::kVmmDirect; }));
  EXPECT_TRUE(refuses([](Config& c) { c.paging.pages.guest = GuestPages::k2M; }));
  EXPECT_TRUE(refuses([](Config& c) { c.paging.nested_format = NestedFormat::kNpt; }));
  EXPECT_TRUE(refuses([](Config& c) { c.seed = 2; }));
  EXPECT_TRUE(refuses([](Config& c) { c.mmu.filter.hashes = 2; }));
  EXPECT_TRUE(refuses([](Config& c) { c.mmu.guest_filter_enabled = true; }));
  EXPECT_TRUE(refuses([](Config& c) { c.software.bad_pages = 1; }));
  EXPECT_TRUE(refuses([](Config& c) { c.software.managed.host_memory *= 2; }));
  EXPECT_TRUE(refuses([](Config& c) { c.software.managed.guest_fragmentation.mean_run = 8; }));
  EXPECT_TRUE(refuses([](Config& c) { c.software.managed.limits[2] = LimitAction::kLeave; }));
  EXPECT_TRUE(refuses([](Config& c) { c.software.managed.costs[1] = 1; }));
  EXPECT_TRUE(refuses([](Config& c) { c.software.managed.schedule = {"100 share"}; }));
  EXPECT_TRUE(refuses([](Config& c) { c.workload = "gups:size=128MiB,updates=4000"; }));
  EXPECT_TRUE(refuses([](Config& c) { c.software.model = SoftwareModel::kFixed; }));
  EXPECT_FALSE(refuses([](Config&) {}));
}

TEST(SharedSoftware, IsNotForStreamsBesideEachOther) {
  Config config = fragmented();
  config.software.model = SoftwareModel::kFixed;
  config.beside = {config.workload};
  EXPECT_FALSE(inputs(config));
}

}  // namespace
}  // namespace nestwalk
