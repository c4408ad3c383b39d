// SPDX-License-Identifier: Apache-2.0
// Walks with paging-structure caches and a nested TLB around them: boundless maps that never
// forget, so that nothing but the walk decides.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "model/walker/plain_walk.h"
#include "tests/support/random_machine.h"
#include "tests/support/reference_walk.h"
#include "tests/support/test_tables.h"

namespace nestwalk {
namespace {

using reference::RandomContext;
using reference::RandomMemory;
using test::Random;

constexpr uint64_t kGva = 0x00007f1280600000;
constexpr uint64_t kGpa = uint64_t{3} << 30;
constexpr WalkStructures kAll{true, true, true};
constexpr Access kLoad{AccessKind::kRead, true};
constexpr Access kStore{AccessKind::kWrite, true};

// What a processor keeps between walks of one context.
class Structures {
 public:
  template <class Read, class SetBits>
  const PageWalk& walk(const TranslationContext& context, WalkStructures on, GuestVirtual address,
                       Access access, Read&& read, SetBits&& set_bits) {
    PageWalk& walk = walk_;
    walk.start(context, on, address, access);
    while (true) {
      switch (walk.advance()) {
        using Need = PageWalk::Need;
        case Need::kRead:
          walk.supply_entry(read(walk.host_address()));
          break;
        case Need::kSetBits:
          set_bits(walk);
          break;
        case Need::kGuestCheck:
          walk.supply_check(
              compare(context.guest_segment, context.guest_filter, walk.virtual_address()));
          break;
        case Need::kVmmCheck:
          walk.supply_check(
              compare(context.vmm_segment, context.vmm_filter, walk.physical_address()));
          break;
        case Need::kGuestStructure:
          walk.supply_structure(find(guest_, walk.virtual_address().value()));
          break;
        case Need::kNestedStructure:
          walk.supply_structure(find(nested_, walk.physical_address().value()));
          break;
        case Need::kNestedTlb:
          walk.supply_nested(nested_tlb_[walk.physical_address().page()]);
          break;
        case Need::kFillGuestStructure:
          keep(guest_, walk.virtual_address().value(), walk.structure_fill());
          break;
        case Need::kFillNestedStructure:
          keep(nested_, walk.physical_address().value(), walk.structure_fill());
          break;
        case Need::kFillNestedTlb:
          nested_tlb_[walk.physical_address().page()] = walk.nested_fill();
          break;
        case Need::kDone:
          return walk;
      }
    }
  }

  const PageWalk& walk(TestTables& tables, uint64_t gva, Access access, WalkStructures on = kAll) {
    return walk(
        tables.context, on, GuestVirtual(gva), access,
        [&](HostPhysical entry) { return tables.word(entry.value()); },
        [&](const PageWalk& w) { tables.word(w.host_address().value()) |= w.bits(); });
  }

 private:
  // By level of the table pointed to, and the address bits that choose it.
  using Cache = std::map<std::pair<int, uint64_t>, StructureHit>;

  static uint64_t tag(uint64_t address, int level) { return address >> (12 + 9 * level); }
  static void keep(Cache& cache, uint64_t address, const StructureHit& fill) {
    cache[{fill.level, tag(address, fill.level)}] = fill;
  }
  static StructureHit find(const Cache& cache, uint64_t address) {
    for (int level = 1; level <= 4; ++level)
      if (const auto hit = cache.find({level, tag(address, level)}); hit != cache.end())
        return hit->second;
    return {};
  }

  PageWalk walk_;  // one for all walks: nothing of a walk may stay for the next
  Cache guest_;
  Cache nested_;
  std::map<uint64_t, NestedHit> nested_tlb_;
};

class Cached : public ::testing::Test {
 protected:
  Cached() : tables_(4, 4, NestedFormat::kEpt) {
    for (uint64_t page = 0; page < 4; ++page) {
      tables_.map_guest(kGva + page * 4096, kGpa + page * 4096);
      tables_.map_nested(kGpa + page * 4096, kGpa + page * 4096 + TestTables::kHostShift);
    }
    tables_.map_guest_tables();
  }

  int references(uint64_t gva, WalkStructures on) {
    const PageWalk walk = structures_.walk(tables_, gva, kLoad, on);
    EXPECT_FALSE(walk.fault());
    return walk.memory_references();
  }

  TestTables tables_;
  Structures structures_;
};

TEST_F(Cached, GuestStructureHitLeavesOneEntryAndTheDataWalk) {
  const WalkStructures guest{true, false, false};
  EXPECT_EQ(references(kGva, guest), 24);
  EXPECT_EQ(references(kGva + 0x1000, guest), 1 + 4);
}

TEST_F(Cached, NestedStructureHitLeavesOneReferenceEachGpa) {
  const WalkStructures nested{false, true, false};
  // The first table walks 4; the next three share its nested page table; the data page's gPA has
  // another 1G region: its top entry alone is shared.
  EXPECT_EQ(references(kGva, nested), 4 + (4 + 1 + 1 + 1) + 3);
  EXPECT_EQ(references(kGva + 0x1000, nested), 4 + 5);
}

TEST_F(Cached, NestedTlbHitsSkipTheNestedWalk) {
  const WalkStructures nested_tlb{false, false, true};
  EXPECT_EQ(references(kGva, nested_tlb), 24);
  EXPECT_EQ(references(kGva, nested_tlb), 4);
  EXPECT_EQ(references(kGva + 0x1000, nested_tlb), 4 + 4);
}

TEST_F(Cached, ANestedTlbOfTablesWalksForTheDataEachTime) {
  const WalkStructures tables{false, false, true, false};
  EXPECT_EQ(references(kGva, tables), 24);
  EXPECT_EQ(references(kGva, tables), 4 + 4);
  EXPECT_EQ(references(kGva + 0x1000, tables), 4 + 4);
  // The data of this address is the page of a guest table, which is kept.
  tables_.map_guest(kGva + 0x2000, tables_.guest_entry_gpa(kGva, 1) & ~uint64_t{0xfff});
  EXPECT_EQ(references(kGva + 0x2000, tables), 4);
}

TEST_F(Cached, EverythingWarmReadsOneEntry) {
  EXPECT_EQ(references(kGva, kAll), 4 + (4 + 1 + 1 + 1) + 3);
  EXPECT_EQ(references(kGva, kAll), 1);
}

TEST_F(Cached, GuestStructureHitChecksTheDataAddressOnly) {
  tables_.context.vmm_segment =
      VmmSegment(GuestPhysical(0), GuestPhysical(uint64_t{4} << 30), TestTables::kHostShift);
  EXPECT_EQ(structures_.walk(tables_, kGva, kLoad).segment_checks(), 5);
  const PageWalk warm = structures_.walk(tables_, kGva, kLoad);
  EXPECT_EQ(warm.segment_checks(), 1);
  EXPECT_EQ(warm.memory_references(), 1);
}

TEST_F(Cached, NestedTlbHitWithoutDirtyIsAMissForAStore) {
  structures_.walk(tables_, kGva, kLoad);
  const PageWalk store = structures_.walk(tables_, kGva, kStore);
  ASSERT_FALSE(store.fault());
  EXPECT_EQ(store.memory_references(), 1 + 1);
  EXPECT_TRUE(EptEntry(tables_.nested_word_at(kGpa, 1)).dirty());
  EXPECT_EQ(structures_.walk(tables_, kGva, kStore).memory_references(), 1);
}

TEST_F(Cached, PageFoundThroughTheNestedTlbKeepsItsSize) {
  tables_.map_guest(0x40000000, uint64_t{8} << 30, PageSize::k2M);
  tables_.map_guest_tables();
  tables_.map_nested(uint64_t{8} << 30, uint64_t{16} << 30, PageSize::k2M);
  EXPECT_EQ(structures_.walk(tables_, 0x40000000, kLoad).translation().size, PageSize::k2M);
  EXPECT_EQ(structures_.walk(tables_, 0x40000000, kLoad).translation().size, PageSize::k2M);
  EXPECT_EQ(structures_.walk(tables_, 0x40001000, kLoad).translation().size, PageSize::k2M);
}

TEST_F(Cached, NestedTlbHitWithoutTheRightIsAMissThatFaults) {
  tables_.nested_word_at(kGpa, 1) &= ~uint64_t{2};
  EXPECT_FALSE(structures_.walk(tables_, kGva, kLoad).fault());
  EXPECT_EQ(structures_.walk(tables_, kGva, kStore).fault().kind, FaultKind::kEptViolation);
}

TEST_F(Cached, RightsGatheredAboveSurviveAStructureHit) {
  tables_.guest_word(kGva, 3) &= ~uint64_t{2};
  structures_.walk(tables_, kGva, kLoad);
  const PageWalk store = structures_.walk(tables_, kGva + 0x1000, kStore);
  EXPECT_EQ(store.fault().kind, FaultKind::kGuestPage);
  EXPECT_EQ(store.fault().code, 1u | 2 | 4);
}

TEST_F(Cached, GuestBitsInAnUnwritableCachedTableFaultAtItsGpa) {
  tables_.context.nested.accessed_dirty = false;
  for (int level = 4; level >= 1; --level) tables_.guest_word(kGva, level) |= 1 << 5;
  const uint64_t entry = tables_.guest_entry_gpa(kGva + 0x1000, 1);
  tables_.nested_word_at(entry, 1) &= ~uint64_t{2};
  EXPECT_FALSE(structures_.walk(tables_, kGva, kLoad).fault());
  const Fault fault = structures_.walk(tables_, kGva + 0x1000, kLoad).fault();
  EXPECT_EQ(fault.kind, FaultKind::kEptViolation);
  EXPECT_EQ(fault.physical_address, GuestPhysical(entry));
  EXPECT_EQ(fault.code, 2u | 5 << 3 | 1 << 7);
}

// Who raises the rights of an EPT leaf need not invalidate. Without EPT's A and D, reading a table
// is a nested read, which a nested TLB entry without W serves; marking its entry is a nested write.
TEST_F(Cached, GuestBitsInATableFoundUnwritableByAStaleNestedEntryAreSet) {
  tables_.context.nested.accessed_dirty = false;
  const WalkStructures without_guest{false, true, true};
  for (const WalkStructures on : {kAll, without_guest}) {
    for (int level = 4; level >= 1; --level) tables_.guest_word(kGva, level) |= 1 << 5;
    tables_.guest_word(kGva + 0x1000, 1) &= ~uint64_t{1 << 5};
    uint64_t& nested = tables_.nested_word_at(tables_.guest_entry_gpa(kGva + 0x1000, 1), 1);
    nested &= ~uint64_t{2};
    EXPECT_FALSE(structures_.walk(tables_, kGva, kLoad, on).fault());
    nested |= 2;
    const PageWalk walk = structures_.walk(tables_, kGva + 0x1000, kLoad, on);
    EXPECT_FALSE(walk.fault());
    EXPECT_EQ(walk.ad_updates(), 1);
    EXPECT_NE(tables_.guest_word(kGva + 0x1000, 1) & 1 << 5, 0U);
  }
}

// What the second look at the table keeps are the rights above it, not those of the entry.
TEST_F(Cached, ATableLookedAtTwiceIsKeptWithTheRightsAboveIt) {
  tables_.context.nested.accessed_dirty = false;
  for (int level = 4; level >= 1; --level) tables_.guest_word(kGva, level) |= 1 << 5;
  uint64_t& nested = tables_.nested_word_at(tables_.guest_entry_gpa(kGva, 1), 1);
  nested &= ~uint64_t{2};
  EXPECT_FALSE(structures_.walk(tables_, kGva, kLoad, {false, true, true}).fault());
  nested |= 2;
  tables_.guest_word(kGva + 0x1000, 1) &= ~uint64_t{2};  // read-only, A clear
  EXPECT_FALSE(structures_.walk(tables_, kGva + 0x1000, kLoad).fault());
  EXPECT_FALSE(structures_.walk(tables_, kGva + 0x2000, kStore).fault());
}

template <class Value>
void expect_equal(const char* name, Value found, Value expected, std::ostream& differences) {
  if (found != expected) differences << name << ": " << found << ", expected " << expected << '\n';
}

void compare_answers(const PageWalk& walk, const reference::Answer& expected,
                     std::ostream& differences) {
  const Fault& fault = walk.fault();
  expect_equal("fault", int(fault.kind), int(expected.fault.kind), differences);
  if (expected.fault) {
    expect_equal("code", fault.code, expected.fault.code, differences);
    expect_equal("gPA", fault.physical_address.value(), expected.fault.physical_address.value(),
                 differences);
    return;
  }
  const Translation& found = walk.translation();
  expect_equal("hPA", found.address.value(), expected.translation.address.value(), differences);
  expect_equal("allowed", int{found.allowed.bits()}, int{expected.translation.allowed.bits()},
               differences);
  expect_equal("global", found.global, expected.translation.global, differences);
  // What a nested TLB keeps is a 4K piece, and may not know of a D set through another piece.
  if (found.size > expected.translation.size) differences << "too wide\n";
  if (found.dirty && !expected.translation.dirty) differences << "dirty too early\n";
  if (walk.memory_references() > expected.references) differences << "too many references\n";
}

// Differences between cached walks and the reference in a random machine; empty if there are none.
std::string try_cached_walks(uint64_t seed) {
  Random random(seed);
  const RandomContext setting(random);
  TranslationContext context = setting.context();
  RandomMemory memory(random.word(), context.nested.format);
  RandomMemory reference_memory = memory;
  EscapeFilter guest_filter(FilterConfig{});
  EscapeFilter vmm_filter(FilterConfig{});
  context.guest_filter = &guest_filter;
  context.vmm_filter = &vmm_filter;
  if (random.chance(50)) setting.fill(random, guest_filter, vmm_filter);
  const WalkStructures on{random.chance(70), random.chance(70), random.chance(70),
                          random.chance(60)};

  reference::Machine machine;
  machine.read = [&](uint64_t address) { return reference_memory.read(address); };
  machine.set_bits = [&](uint64_t a, uint64_t bits) { reference_memory.set_bits(a, bits); };
  machine.guest_escaped = [&](uint64_t page) { return guest_filter.contains(page); };
  machine.vmm_escaped = [&](uint64_t page) { return vmm_filter.contains(page); };
  reference::Translator translator(context, machine);

  Structures structures;
  std::ostringstream differences;
  bool aliased = false;  // guest bits set in a nested table: no cache would notice
  for (int i = 0; i < 30 && !aliased; ++i) {
    const GuestVirtual address = setting.address(random);
    const Access access = RandomContext::access(random);
    const reference::Answer expected = translator.translate(address.value(), access);
    const PageWalk& walk = structures.walk(
        context, on, address, access,
        [&](HostPhysical entry) { return memory.read(entry.value()); },
        [&](const PageWalk& w) {
          const bool nested_table = (w.host_address().page() & RandomMemory::kNestedTable) != 0;
          aliased = aliased || nested_table != (w.nested_level() != 0);
          memory.set_bits(w.host_address().value(), w.bits());
        });
    if (aliased) break;
    compare_answers(walk, expected, differences);
    if (memory.changed() != reference_memory.changed()) differences << "other A or D set\n";
  }
  return differences.str();
}

RC_GTEST_PROP(CachedWalkProperty, EqualsTheReferenceFaultForFault, (uint64_t seed)) {
  for (uint64_t machine = 0; machine < 20; ++machine)
    RC_ASSERT(try_cached_walks(scrambled(seed + machine)) == "");
}

}  // namespace
}  // namespace nestwalk
