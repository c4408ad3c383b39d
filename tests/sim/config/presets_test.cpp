// SPDX-License-Identifier: Apache-2.0
#include "sim/config/presets.h"

#include <gtest/gtest.h>

#include "sim/config/keys.h"
#include "sim/config/load.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

Config preset(const std::string& name) {
  return load_config({"", name, {}, {}}).config;
}

TEST(Presets, PaperIsThePublishedMachine) {
  const MmuConfig mmu = preset("paper").mmu;
  EXPECT_EQ(mmu.l1_tlb.pages_4k.entries, 64U);
  EXPECT_EQ(mmu.l1_tlb.pages_4k.ways, 4U);
  EXPECT_EQ(mmu.l1_tlb.pages_2m.entries, 32U);
  EXPECT_EQ(mmu.l1_tlb.pages_1g.entries, 4U);
  EXPECT_EQ(mmu.l2_tlb.entries, 512U);
  EXPECT_EQ(mmu.l2_tlb.ways, 4U);
  EXPECT_FALSE(mmu.l2_tlb.holds_2m);
  EXPECT_EQ(mmu.nested_tlb.kind, NestedTlbKind::kShared);
  EXPECT_EQ(mmu.latency.l2_tlb, 7U);
  EXPECT_EQ(mmu.walker.count, 1U);
}

TEST(Presets, SandyBridgeEpIsAsMeasured) {
  const Config config = preset("sandy-bridge-ep");
  EXPECT_EQ(config.memory.l3.size, 20U << 20);
  EXPECT_EQ(config.memory.l3.ways, 20U);
  EXPECT_EQ(config.mmu.latency.l1d, 4U);
  EXPECT_EQ(config.mmu.latency.l2, 12U);
  EXPECT_EQ(config.mmu.latency.l3, 38U);
  EXPECT_EQ(config.mmu.latency.memory, 204U);
  EXPECT_EQ(config.mmu.l2_tlb.entries, 512U);
}

TEST(Presets, ModernIsOfTheGoldenCoveClass) {
  const MmuConfig mmu = preset("modern").mmu;
  EXPECT_EQ(mmu.l1_tlb.pages_4k.entries, 96U);
  EXPECT_EQ(mmu.l1_tlb.pages_2m.entries, 32U);
  EXPECT_EQ(mmu.l1_tlb.pages_1g.entries, 8U);
  EXPECT_EQ(mmu.l2_tlb.entries, 2048U);
  EXPECT_TRUE(mmu.l2_tlb.holds_2m);
  EXPECT_EQ(mmu.walker.count, 4U);
}

TEST(Presets, ClosedFormHasTheTlbsAndNothingElse) {
  const Config config = preset("closed-form");
  EXPECT_EQ(config.mmu.l2_tlb.entries, 512U);
  EXPECT_FALSE(config.mmu.guest_structure_cache.enabled);
  EXPECT_FALSE(config.mmu.nested_structure_cache.enabled);
  EXPECT_EQ(config.mmu.nested_tlb.kind, NestedTlbKind::kNone);
  EXPECT_FALSE(config.memory.l1d.enabled);
  EXPECT_FALSE(config.memory.l2.enabled);
  EXPECT_FALSE(config.memory.l3.enabled);
  EXPECT_EQ(config.mmu.latency.memory, 100U);
  EXPECT_EQ(config.mmu.latency.segment_check, 1U);
}

TEST(Presets, EverySettingHasAKeyAndAReason) {
  for (const Preset& one : presets())
    for (const Setting& setting : one.settings) {
      EXPECT_NE(find_key(setting.key), nullptr) << one.name << " " << setting.key;
      EXPECT_FALSE(setting.reason.empty()) << one.name << " " << setting.key;
    }
}

TEST(Presets, AnUnknownNameIsRefused) {
  EXPECT_THROW(find_preset("pentium"), InputError);
}

}  // namespace
}  // namespace nestwalk
