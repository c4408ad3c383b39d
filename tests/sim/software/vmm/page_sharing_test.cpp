// SPDX-License-Identifier: Apache-2.0
// Two pages of a segment share a frame once both have escaped: both do, or neither.
#include "sim/software/vmm/page_sharing.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>

namespace nestwalk {
namespace {

constexpr uint64_t kHostFrames = 4096;
constexpr uint64_t kGuestFrames = 512;

/// VMs on one host, a segment over all memory of each.
class PageSharing : public testing::Test {
 protected:
  VirtualMachine& add_vm(uint64_t most_escapes, LimitAction action = LimitAction::kEscape) {
    VirtualMachineConfig config;
    config.frames = config.most_frames = kGuestFrames;
    config.most_escapes = most_escapes;
    config.limits.fill(action);
    const auto vpid = static_cast<Vpid>(vms_.size() + 1);
    VirtualMachine& vm = vms_.emplace_back(vpid, config, host_, ledger_);
    EXPECT_TRUE(vm.reserve_block());
    vm.enter_segment();
    vm.take_changes();
    return vm;
  }
  static void fill(VirtualMachine& vm, uint64_t frame) {
    vm.write(GuestPhysical(frame << shift(PageSize::k4K)), 7);
  }
  uint64_t share() {
    std::vector<VirtualMachine*> all;
    for (VirtualMachine& vm : vms_) all.push_back(&vm);
    return share_pages(all, ledger_);
  }
  const LimitCounts& counts() { return ledger_.limited(LimitedOperation::kPageSharing); }

  /// Nothing escapes, and no MMU has to be told of anything.
  static void expect_untouched(VirtualMachine& vm) {
    EXPECT_TRUE(vm.filter().inserted().empty());
    EXPECT_TRUE(vm.segment().enabled());
    const VirtualMachine::Changes changes = vm.take_changes();
    EXPECT_FALSE(changes.segment || changes.filter || changes.mappings || changes.tables);
  }

 private:
  PhysicalMemory memory_{kHostFrames << shift(PageSize::k4K)};
  FrameContents contents_{memory_};
  HostMemory host_{{0, kHostFrames}, {}, 1, contents_};
  Ledger ledger_;
  std::deque<VirtualMachine> vms_;
};

TEST_F(PageSharing, LetsBothPagesEscape) {
  VirtualMachine& vm = add_vm(2);
  fill(vm, 5);
  fill(vm, 9);
  EXPECT_EQ(share(), 1);
  EXPECT_EQ(vm.host_frame(5), vm.host_frame(9));
  EXPECT_EQ(vm.filter().inserted(), (std::set<uint64_t>{5, 9}));
  EXPECT_EQ(counts().done, 1);
  EXPECT_EQ(counts().escaped, 2);
  EXPECT_EQ(counts().refused, 0);
}

// A store gives a page its frame at home again; the other one of the pair keeps the common frame.
TEST_F(PageSharing, HasRoomForPairsAsPagesComeHome) {
  VirtualMachine& vm = add_vm(3);
  fill(vm, 5);
  fill(vm, 9);
  EXPECT_EQ(share(), 1);
  vm.write(GuestPhysical(9 << shift(PageSize::k4K)), 8);
  EXPECT_EQ(vm.host_frame(9), vm.block()->place(9));
  vm.release(5);
  vm.write(GuestPhysical(5 << shift(PageSize::k4K)), 9);
  EXPECT_EQ(vm.host_frame(5), vm.block()->place(5));
  EXPECT_EQ(vm.filter().inserted(), (std::set<uint64_t>{5, 9}));
  fill(vm, 20);
  fill(vm, 21);
  EXPECT_EQ(share(), 1);
  EXPECT_EQ(vm.host_frame(20), vm.host_frame(21));
  EXPECT_EQ(vm.filter().inserted(), (std::set<uint64_t>{20, 21}));
  EXPECT_TRUE(vm.can_enter_segment());
  EXPECT_EQ(counts().refused, 0);
}

// The first of the pair escapes already, though it is home: it does so once more with the second.
TEST_F(PageSharing, KeepsTheEscapeOfTheFirstPageWhenTheSecondNeedsRoom) {
  VirtualMachine& vm = add_vm(2);
  fill(vm, 5);
  fill(vm, 9);
  EXPECT_EQ(share(), 1);
  vm.write(GuestPhysical(9 << shift(PageSize::k4K)), 8);
  vm.release(5);
  fill(vm, 5);
  fill(vm, 20);
  EXPECT_EQ(share(), 1);
  EXPECT_EQ(vm.host_frame(5), vm.host_frame(20));
  EXPECT_EQ(vm.filter().inserted(), (std::set<uint64_t>{5, 20}));
  EXPECT_TRUE(vm.can_enter_segment());
}

TEST_F(PageSharing, LetsNeitherPageEscapeWhereOnlyOneMay) {
  VirtualMachine& vm = add_vm(1);
  fill(vm, 5);
  fill(vm, 9);
  EXPECT_EQ(share(), 0);
  expect_untouched(vm);
  EXPECT_NE(vm.host_frame(5), vm.host_frame(9));
  EXPECT_EQ(counts().escaped, 0);
  EXPECT_EQ(counts().refused, 1);
}

// The first page of the content may not be shared, the others may: in whatever order they stand.
TEST_F(PageSharing, SharesWhatNoSegmentTranslatesBesideWhatOneDoes) {
  for (const std::array<uint64_t, 2> outside : {std::array<uint64_t, 2>{6, 7}, {5, 6}, {5, 7}}) {
    VirtualMachine& vm = add_vm(0, LimitAction::kRefuse);
    for (const uint64_t frame : outside) vm.insert_escape(frame);
    for (const uint64_t frame : {5, 6, 7}) fill(vm, frame);
    EXPECT_EQ(share(), 1);
    EXPECT_EQ(vm.host_frame(outside[0]), vm.host_frame(outside[1]));
    for (const uint64_t frame : {5, 6, 7}) vm.release(frame);
  }
}

TEST_F(PageSharing, LetsNeitherPageEscapeWhereTheOtherVmRefuses) {
  for (const bool first_refuses : {true, false}) {
    VirtualMachine& first = add_vm(first_refuses ? 0 : 16);
    VirtualMachine& second = add_vm(first_refuses ? 16 : 0);
    const uint64_t refused = counts().refused;
    fill(first, 5);
    fill(second, 9);
    EXPECT_EQ(share(), 0);
    expect_untouched(first);
    expect_untouched(second);
    EXPECT_EQ(counts().refused, refused + 1);
    first.release(5);
    second.release(9);
  }
}

// One page has escaped already, by no operation: the only escape is for the other.
TEST_F(PageSharing, CountsOnlyThePagesThatEscapeAnew) {
  VirtualMachine& vm = add_vm(1);
  vm.insert_escape(9);
  fill(vm, 5);
  fill(vm, 9);
  EXPECT_EQ(share(), 1);
  EXPECT_EQ(counts().escaped, 1);
  fill(vm, 12);
  EXPECT_EQ(share(), 0);
  EXPECT_EQ(vm.filter().inserted(), (std::set<uint64_t>{5, 9}));
}

TEST_F(PageSharing, LeavesTheSegmentsOfBothVms) {
  VirtualMachine& first = add_vm(0, LimitAction::kLeave);
  VirtualMachine& second = add_vm(0, LimitAction::kLeave);
  fill(first, 5);
  fill(second, 9);
  EXPECT_EQ(share(), 1);
  EXPECT_FALSE(first.segment().enabled());
  EXPECT_FALSE(second.segment().enabled());
  EXPECT_EQ(counts().left, 2);
}

}  // namespace
}  // namespace nestwalk
