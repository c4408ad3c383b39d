// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/sim/software/software_machine.h"

namespace nestwalk::test {
namespace {

const VirtualRange kRegion = range(0x1000'0000'0000, 2 * kGiB);
const GuestVirtual kInside = kRegion.base + 0x12345678;
const GuestVirtual kOutside(0x5555'5555'5000);

SoftwareSetup config_of(Mode mode) {
  SoftwareSetup config;
  config.mode = mode;
  if (!is_virtualized(mode)) config.paging.pages.nested.reset();
  config.primary_region = kRegion;
  return config;
}

TEST(FixedRegisters, FirstContextOfEachMode) {
  for (const Mode mode : kModes) {
    SoftwareMachine machine(config_of(mode));
    const TranslationContext& context = machine.software.context();
    EXPECT_EQ(context.virtualized, is_virtualized(mode));
    EXPECT_EQ(context.vpid, Vpid{is_virtualized(mode)});
    EXPECT_EQ(context.guest_segment.enabled(), has_guest_segment(mode));
    EXPECT_EQ(context.vmm_segment.enabled(), has_vmm_segment(mode));
    if (has_guest_segment(mode)) {
      EXPECT_EQ(context.guest_segment.base(), kRegion.base);
      EXPECT_EQ(context.guest_segment.limit(), kRegion.limit);
    }
    if (has_vmm_segment(mode)) {
      EXPECT_EQ(context.vmm_segment.base(), GuestPhysical(0));
    }
  }
}

// Neighbours in one 2M region, the second one touched while a segment leads elsewhere.
TEST(FixedRegisters, PageTablesKnownBeforeASegmentIsWrittenAreNotUsedAfterIt) {
  SoftwareSetup config = config_of(Mode::kBaseVirtualized);
  config.paging.pages = {GuestPages::k4K, PageSize::k4K};
  SoftwareMachine machine(config);
  FixedSoftware& software = machine.software;
  const GuestVirtual neighbour = kInside + 0x1000;
  const GuestVirtual third = kInside + 0x2000;
  const HostPhysical place = machine.translate(kInside);
  EXPECT_EQ(machine.translate(neighbour), place + 0x1000);

  // The region's first GiB translates as its second one does.
  const GuestVirtual second_gib = kRegion.base + kGiB;
  const HostPhysical other = machine.translate(second_gib);
  const uint64_t offset = 4 * kGiB - kRegion.base.value();  // some gPA in no chunk of the process
  software.set_guest_segment({kRegion.base, second_gib, offset});
  const FaultCounts before = software.faults();
  const HostPhysical by_segment = machine.translate(third);
  EXPECT_NE(by_segment, place + 0x2000);
  EXPECT_EQ(software.faults().guest, before.guest);
  EXPECT_EQ(software.faults().nested, before.nested + 1 /* the page */);
  EXPECT_EQ(machine.translate(second_gib), other);

  software.set_guest_segment({});
  EXPECT_EQ(machine.translate(third), place + 0x2000);
  EXPECT_EQ(machine.translate(neighbour), place + 0x1000);
}

TEST(FixedRegisters, ProcessesHaveTheirOwnTablesAndMemory) {
  for (const Mode mode : kModes) {
    SoftwareMachine machine(config_of(mode));
    FixedSoftware& software = machine.software;
    const HostPhysical first = machine.translate(kInside);
    const HostPhysical first_outside = machine.translate(kOutside);
    const GuestPhysical root = software.context().guest.root;

    const TranslationContext& second = software.switch_process(5, Pcid{17});
    EXPECT_EQ(second.pcid, Pcid{17});
    EXPECT_NE(second.guest.root, root);
    EXPECT_FALSE(software.is_mapped(kOutside, false));
    EXPECT_NE(machine.translate(kInside), first);
    EXPECT_NE(machine.translate(kOutside), first_outside);

    EXPECT_EQ(software.switch_process(0, Pcid{3}).guest.root, root);
    EXPECT_EQ(software.context().pcid, Pcid{3});
    EXPECT_TRUE(software.is_mapped(kOutside, true));
    EXPECT_EQ(machine.walk(kInside).translation().address, first);
    EXPECT_EQ(machine.walk(kOutside).translation().address, first_outside);
  }
}

TEST(FixedRegisters, VmsHaveTheirOwnMemoryAndComeBackWhereTheyStopped) {
  for (const Mode mode : {Mode::kBaseVirtualized, Mode::kDualDirect}) {
    SoftwareMachine machine(config_of(mode));
    FixedSoftware& software = machine.software;
    software.switch_process(5, Pcid{17});
    const HostPhysical first = machine.translate(kInside);
    const TranslationContext before = software.context();

    software.switch_vm(Vpid{9});
    EXPECT_EQ(software.context().vpid, Vpid{9});
    EXPECT_EQ(software.context().pcid, Pcid{0});
    EXPECT_NE(software.context().nested.root, before.nested.root);
    EXPECT_NE(machine.translate(kInside), first);

    const TranslationContext& again = software.switch_vm(Vpid{1});
    EXPECT_EQ(again.pcid, before.pcid);
    EXPECT_EQ(again.guest.root, before.guest.root);
    EXPECT_EQ(again.nested.root, before.nested.root);
    EXPECT_TRUE(again.vmm_segment == before.vmm_segment);
    EXPECT_EQ(machine.walk(kInside).translation().address, first);
    EXPECT_THROW(software.switch_vm(Vpid{0}), InputError);
  }
}

TEST(FixedRegisters, ANewNestedMapLeadsToTheSameMemory) {
  SoftwareMachine machine(config_of(Mode::kBaseVirtualized));
  FixedSoftware& software = machine.software;
  const HostPhysical first = machine.translate(kInside);
  const FaultCounts before = software.faults();
  const HostPhysical root = software.context().nested.root;

  const HostPhysical other_root = software.set_nested_root(0x1234).nested.root;
  EXPECT_EQ(software.nested_root(0x1234), other_root);
  EXPECT_NE(other_root, root);
  EXPECT_FALSE(software.is_mapped(kInside, false));
  EXPECT_TRUE(machine.walk(kInside).fault());
  EXPECT_EQ(machine.translate(kInside), first);
  EXPECT_EQ(software.faults().guest, before.guest);
  EXPECT_EQ(software.faults().nested, 2 * before.nested);

  EXPECT_EQ(software.set_nested_root(0).nested.root, root);
  EXPECT_TRUE(software.is_mapped(kInside, true));
  EXPECT_EQ(machine.walk(kInside).translation().address, first);
}

/// An INVEPT may name a map that nobody uses: no page of host memory goes into it.
TEST(FixedRegisters, AskingForANestedMapMakesNone) {
  SoftwareMachine machine(config_of(Mode::kBaseVirtualized));
  FixedSoftware& software = machine.software;
  // 4K+4K: the root; L3, L2, L1 of the guest's four tables; L2, L1 of the data.
  const HostPhysical root = software.context().nested.root;
  machine.translate(kInside);
  for (const uint64_t name : {1, 2, 3}) EXPECT_EQ(software.nested_root(name), std::nullopt);
  EXPECT_EQ(software.nested_root(0), root);
  EXPECT_EQ(software.set_nested_root(1).nested.root, root + 6 * 4096);
}

// Through all modes and back while it runs: the same hPA, mapped when it is needed.
TEST(FixedRegisters, SegmentsMayBeWrittenWhileItRuns) {
  SoftwareMachine machine(config_of(Mode::kDualDirect));
  FixedSoftware& software = machine.software;
  const GuestSegment guest = software.context().guest_segment;
  const VmmSegment vmm = software.context().vmm_segment;
  const HostPhysical expected = machine.translate(kInside);
  const auto references = [&] { return machine.walk(kInside).memory_references(); };
  EXPECT_EQ(software.faults().guest + software.faults().nested, 0);

  software.set_guest_segment({});  // vmm-direct
  EXPECT_FALSE(software.is_mapped(kInside, false));
  EXPECT_EQ(machine.translate(kInside), expected);
  EXPECT_EQ(references(), 4);

  software.set_vmm_segment({});  // base-virtualized
  EXPECT_FALSE(software.is_mapped(kInside, false));
  EXPECT_EQ(machine.translate(kInside), expected);
  EXPECT_EQ(references(), 24);

  software.set_guest_segment(guest);  // guest-direct
  EXPECT_EQ(machine.translate(kInside), expected);
  EXPECT_EQ(references(), 4);

  software.set_vmm_segment(vmm);
  EXPECT_EQ(machine.translate(kInside), expected);
  EXPECT_EQ(references(), 0);

  // A guest segment that ends before the address, a VMM segment that leaves the tables out.
  software.set_guest_segment({guest.base(), kInside.align_down(PageSize::k4K), guest.offset()});
  software.set_vmm_segment({GuestPhysical(kGiB), vmm.limit(), vmm.offset()});
  EXPECT_EQ(machine.translate(kInside), expected);
  EXPECT_EQ(references(), 20);
}

TEST(FixedRegisters, AVmmSegmentMustKeepGuestMemoryWhereItIs) {
  SoftwareMachine machine(config_of(Mode::kBaseVirtualized));
  EXPECT_THROW(machine.software.set_vmm_segment({GuestPhysical(0), GuestPhysical(kGiB), 0}),
               InputError);
  EXPECT_NO_THROW(
      machine.software.set_vmm_segment({GuestPhysical(0), GuestPhysical(kGiB), 2 * kGiB}));
}

// Whatever is written, a segment that is off too: there is no such register.
TEST(FixedRegisters, ANativeMachineHasNoVmmLevel) {
  for (const Mode mode : {Mode::kNative, Mode::kNativeDirect}) {
    SoftwareMachine machine(config_of(mode));
    FixedSoftware& software = machine.software;
    const auto message = [](auto write) -> std::string {
      try {
        write();
      } catch (const InputError& error) {
        return error.what();
      }
      return {};
    };
    const VmmSegment segment(GuestPhysical(0), GuestPhysical(kGiB), 2 * kGiB);
    for (const std::string& said : {message([&] { software.set_vmm_segment(segment); }),
                                    message([&] { software.set_vmm_segment({}); })}) {
      EXPECT_EQ(said.rfind("VMM segment: ", 0), 0) << said;
      EXPECT_NE(said.find("virtualized mode"), std::string::npos) << said;
    }
    for (const std::string& said : {message([&] { software.insert_vmm_escape(1); }),
                                    message([&] { software.clear_vmm_escapes(); })}) {
      EXPECT_EQ(said.rfind("VMM escape filter: ", 0), 0) << said;
      EXPECT_NE(said.find("virtualized mode"), std::string::npos) << said;
    }
    EXPECT_EQ(message([&] { software.switch_vm(Vpid{1}); }).rfind("VPID: ", 0), 0);
    EXPECT_EQ(message([&] { software.switch_vm(Vpid{0}); }), "") << "the host itself";
    EXPECT_EQ(message([&] { software.set_nested_root(0); }).rfind("nested root: ", 0), 0);
  }
}

TEST(FixedRegisters, AGuestSegmentMustStayInGuestMemory) {
  SoftwareMachine machine(config_of(Mode::kGuestDirect));
  machine.software.set_guest_segment({kRegion.base, kRegion.limit, uint64_t{1} << 45});
  EXPECT_THROW(machine.software.serve(kInside, kStore), InputError);
}

// One large guest page, partly in a segment that leads elsewhere than the tables do.
TEST(FixedRegisters, WhatLiesBesideAnEdgeIsNotTakenForMapped) {
  SoftwareSetup config = config_of(Mode::kBaseVirtualized);
  config.paging.pages = {GuestPages::k2M, PageSize::k2M};
  SoftwareMachine machine(config);
  const GuestVirtual edge = kRegion.base + 7 * 4096;
  machine.software.set_guest_segment({edge, kRegion.limit, 9 * kGiB - edge.value()});
  EXPECT_EQ(machine.translate(edge - 1).value(), kGuestData + 7 * 4096 - 1);
  EXPECT_EQ(machine.translate(edge).value(), kGuestTables + 9 * kGiB);
}

TEST(FixedRegisters, PagesMayEscapeWhileItRuns) {
  SoftwareMachine machine(config_of(Mode::kDualDirect));
  FixedSoftware& software = machine.software;
  const HostPhysical expected = machine.translate(kInside);
  const uint64_t page = software.context().guest_segment.translate(kInside).page();

  software.insert_vmm_escape(page);
  EXPECT_FALSE(software.is_mapped(kInside, false));
  EXPECT_EQ(machine.translate(kInside), expected);
  EXPECT_EQ(machine.walk(kInside).memory_references(), 4);
  software.clear_vmm_escapes();
  EXPECT_EQ(machine.translate(kInside), expected);
  EXPECT_EQ(machine.walk(kInside).memory_references(), 0);
  EXPECT_THROW(software.insert_guest_escape(1), InputError);

  SoftwareMachine native(config_of(Mode::kNativeDirect));
  EXPECT_EQ(native.translate(kInside), expected);
  native.software.insert_guest_escape(kInside.page());
  EXPECT_EQ(native.translate(kInside), expected);
  EXPECT_EQ(native.walk(kInside).memory_references(), 4);
  native.software.clear_guest_escapes();
  EXPECT_EQ(native.translate(kInside), expected);
  EXPECT_EQ(native.walk(kInside).memory_references(), 0);
  EXPECT_THROW(native.software.insert_vmm_escape(1), InputError);
}

}  // namespace
}  // namespace nestwalk::test
