// SPDX-License-Identifier: Apache-2.0
#include "sim/software/vmm/virtual_machine.h"

#include <gtest/gtest.h>

#include <vector>

namespace nestwalk {
namespace {

constexpr uint64_t kHostFrames = 4096;
constexpr uint64_t kGuestFrames = 1024;

/// A VM of two large pages.
class LargeNestedPages : public testing::Test {
 protected:
  static VirtualMachineConfig config() {
    VirtualMachineConfig config;
    config.page = PageSize::k2M;
    config.frames = config.most_frames = kGuestFrames;
    return config;
  }
  uint64_t used() const { return free_ - host_.memory().free_frames(); }

  PhysicalMemory memory_{kHostFrames << shift(PageSize::k4K)};
  FrameContents contents_{memory_};
  HostMemory host_{{0, kHostFrames}, {}, 1, contents_};
  Ledger ledger_;
  VirtualMachine vm_{Vpid{1}, config(), host_, ledger_};
  uint64_t free_ = host_.memory().free_frames();
};

TEST_F(LargeNestedPages, DoNotBackWhatTheGuestHasGivenUp) {
  vm_.back(512);
  EXPECT_EQ(used(), 512);
  vm_.release(5);    // that nothing has backed
  vm_.release(600);  // of a large page
  vm_.back(6);
  EXPECT_EQ(used(), 512 - 1 + 1);
  EXPECT_EQ(vm_.host_frame(5), std::nullopt);
  EXPECT_EQ(vm_.host_frame(7), std::nullopt);
  vm_.back(601);
  EXPECT_EQ(vm_.host_frame(600), std::nullopt);
  EXPECT_EQ(used(), 512);
}

TEST_F(LargeNestedPages, BackWhatTheGuestHasAgain) {
  vm_.release(5);
  vm_.restore({5});
  vm_.back(6);
  EXPECT_TRUE(vm_.host_frame(5).has_value());
  EXPECT_EQ(used(), 512);
}

TEST_F(LargeNestedPages, DoNotBackWhatWasGivenUpInABlockThatIsGone) {
  ASSERT_TRUE(vm_.reserve_block());
  vm_.release(5);
  vm_.release(6);
  vm_.restore({6});
  vm_.dissolve_block();
  EXPECT_EQ(used(), kGuestFrames - 1);
  std::vector<uint64_t> others;
  for (uint64_t frame = 0; frame < 512; ++frame)
    if (frame != 5) others.push_back(frame);
  for (const uint64_t frame : others) vm_.release(frame);
  vm_.restore(others);
  vm_.back(6);
  EXPECT_EQ(vm_.host_frame(5), std::nullopt);
  EXPECT_EQ(used(), 512 + 1);
}

// The segment covers them: what they have there stays unused.
TEST_F(LargeNestedPages, AreInABlockWithWhatWasGivenUp) {
  vm_.release(5);
  ASSERT_TRUE(vm_.reserve_block());
  EXPECT_TRUE(vm_.can_enter_segment());
  EXPECT_EQ(vm_.host_frame(5), vm_.block()->place(5));
  EXPECT_EQ(used(), kGuestFrames);
}

}  // namespace
}  // namespace nestwalk
