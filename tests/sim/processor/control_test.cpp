// SPDX-License-Identifier: Apache-2.0
// Register writes as events of a stream: what the registers hold afterwards, and what is refused.
#include "sim/processor/control.h"

#include <gtest/gtest.h>

#include "sim/io/input_error.h"
#include "tests/sim/experiment/random_runs.h"

namespace nestwalk::test {
namespace {

using Operation = ControlOperation;

Reference event(Operation operation, uint64_t operand) {
  return {operand, 1, 0, static_cast<uint8_t>(operation), ReferenceKind::kControl};
}

/// The registers after the events.
TranslationContext after(Mode mode, const std::vector<Reference>& events) {
  Config config;
  config.mode = mode;
  ListStream stream(events, range(kRegion, kGiB));
  Machine machine(config, stream, {});
  machine.run();
  return machine.mmu(0).context();
}

std::string refusal(Mode mode, const std::vector<Reference>& events) {
  try {
    after(mode, events);
  } catch (const InputError& error) {
    return error.what();
  }
  return "not refused";
}

TEST(SegmentEvents, ALimitAloneLeavesBaseAndOffsetAsTheyAre) {
  const GuestSegment before = after(Mode::kDualDirect, {}).guest_segment;
  const uint64_t half = kRegion + kGiB / 2;
  const GuestSegment shorter =
      after(Mode::kDualDirect, {event(Operation::kGuestSegmentLimit, half)}).guest_segment;
  EXPECT_TRUE(shorter == GuestSegment(before.base(), GuestVirtual(half), before.offset()));
  const GuestSegment again =
      after(Mode::kDualDirect, {event(Operation::kGuestSegmentLimit, kRegion),
                                event(Operation::kGuestSegmentLimit, before.limit().value())})
          .guest_segment;
  EXPECT_TRUE(again == before);

  const VmmSegment vmm = after(Mode::kVmmDirect, {}).vmm_segment;
  const VmmSegment shorter_vmm =
      after(Mode::kVmmDirect, {event(Operation::kVmmSegmentLimit, kGiB)}).vmm_segment;
  EXPECT_TRUE(shorter_vmm == VmmSegment(vmm.base(), GuestPhysical(kGiB), vmm.offset()));
}

TEST(SegmentEvents, BaseAndOffsetCountWithLimit) {
  const GuestSegment before = after(Mode::kDualDirect, {}).guest_segment;
  EXPECT_TRUE(after(Mode::kDualDirect, {event(Operation::kGuestSegmentBase, kRegion + 4096)})
                  .guest_segment == before);
  const GuestSegment moved =
      after(Mode::kDualDirect, {event(Operation::kGuestSegmentBase, kRegion + 4096),
                                event(Operation::kGuestSegmentLimit, before.limit().value())})
          .guest_segment;
  EXPECT_TRUE(moved == GuestSegment(GuestVirtual(kRegion + 4096), before.limit(), before.offset()));
}

/// What was written for one process is not another's.
TEST(SegmentEvents, WhatIsLatchedEndsWithTheContext) {
  const GuestSegment second =
      after(Mode::kDualDirect, {event(Operation::kGuestSegmentBase, kRegion + 4096),
                                event(Operation::kCr3, uint64_t{1} << 12 | 1),
                                event(Operation::kGuestSegmentLimit, kRegion + 8192)})
          .guest_segment;
  EXPECT_EQ(second.base(), GuestVirtual(kRegion));
}

TEST(SegmentEvents, AreRefusedAtTheWriteThatIsWrong) {
  for (const Operation operation : {Operation::kGuestSegmentBase, Operation::kGuestSegmentOffset,
                                    Operation::kVmmSegmentBase, Operation::kVmmSegmentOffset})
    EXPECT_NE(
        refusal(Mode::kDualDirect, {event(operation, 0x1001)}).find("4 KiB aligned, not 0x1001"),
        std::string::npos);
  EXPECT_NE(refusal(Mode::kDualDirect, {event(Operation::kGuestSegmentBase, 0x9000),
                                        event(Operation::kGuestSegmentLimit, 0x8000)})
                .find("below BASE: BASE 0x9000, LIMIT 0x8000"),
            std::string::npos);
}

TEST(SegmentEvents, ANativeSegmentMayNotLeadPastMemory) {
  EXPECT_NE(refusal(Mode::kNativeDirect, {event(Operation::kGuestSegmentOffset, uint64_t{1} << 50),
                                          event(Operation::kGuestSegmentLimit, kRegion + 8192)})
                .find("past memory"),
            std::string::npos);
  const std::vector<Reference> off{event(Operation::kGuestSegmentOffset, uint64_t{1} << 50),
                                   event(Operation::kGuestSegmentLimit, kRegion)};
  EXPECT_FALSE(after(Mode::kNativeDirect, off).guest_segment.enabled());
}

TEST(TagOperands, BeyondTheTagAreRefused) {
  EXPECT_EQ(refusal(Mode::kBaseVirtualized, {event(Operation::kInvpcidSingle, 4095)}),
            "not refused");
  EXPECT_NE(refusal(Mode::kBaseVirtualized, {event(Operation::kInvpcidSingle, 4096)})
                .find("INVPCID of PCID 4096; there are 0 to 4095"),
            std::string::npos);
  for (const Operation operation : {Operation::kVpid, Operation::kInvvpidSingle})
    EXPECT_NE(refusal(Mode::kBaseVirtualized, {event(operation, 65536)})
                  .find("VPID 65536; a VM has 1 to 65535"),
              std::string::npos);
}

}  // namespace
}  // namespace nestwalk::test
