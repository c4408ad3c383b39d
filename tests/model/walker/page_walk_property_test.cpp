// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <sstream>
#include <string>

#include "model/walker/plain_walk.h"
#include "tests/support/random_machine.h"
#include "tests/support/reference_walk.h"

namespace nestwalk {
namespace {

using reference::Answer;
using reference::Machine;
using reference::RandomContext;
using reference::RandomMemory;
using reference::Translator;
using test::Random;

// What a run of random accesses met: a property that only ever sees faults proves little.
struct Tally {
  int translations = 0;
  std::map<FaultKind, int> faults;
  std::map<PageSize, int> sizes;
  std::map<SegmentClass, int> classes;
  int large_segment_entries = 0;  ///< Above 4K where no dimension was paged.
};

template <class Value>
void expect_equal(const char* name, Value found, Value expected, std::ostream& differences) {
  if (found != expected) differences << name << ": " << found << ", expected " << expected << '\n';
}

void compare_faults(const Fault& found, const Fault& expected, std::ostream& differences) {
  expect_equal("fault", int(found.kind), int(expected.kind), differences);
  if (!expected) return;
  expect_equal("code", found.code, expected.code, differences);
  expect_equal("gVA", found.virtual_address.value(), expected.virtual_address.value(), differences);
  expect_equal("gPA", found.physical_address.value(), expected.physical_address.value(),
               differences);
}

void compare_translations(const PageWalk& walk, const Answer& answer, std::ostream& differences) {
  const Translation& found = walk.translation();
  const Translation& expected = answer.translation;
  expect_equal("hPA", found.address.value(), expected.address.value(), differences);
  expect_equal("size", int(found.size), int(expected.size), differences);
  expect_equal("allowed", int{found.allowed.bits()}, int{expected.allowed.bits()}, differences);
  expect_equal("dirty", found.dirty, expected.dirty, differences);
  expect_equal("global", found.global, expected.global, differences);
  expect_equal("class", int(walk.segment_class()),
               int(segment_class(answer.guest_segment, answer.vmm_segment)), differences);
}

void compare_walks(const PageWalk& walk, const Answer& expected, std::ostream& differences) {
  compare_faults(walk.fault(), expected.fault, differences);
  if (!expected.fault) compare_translations(walk, expected, differences);
  expect_equal("references", walk.memory_references(), expected.references, differences);
  expect_equal("checks", walk.segment_checks(), expected.checks, differences);
}

void count(const PageWalk& walk, bool virtualized, Tally& tally) {
  if (walk.fault()) {
    ++tally.faults[walk.fault().kind];
    return;
  }
  ++tally.translations;
  ++tally.sizes[walk.translation().size];
  ++tally.classes[walk.segment_class()];
  if (walk.segment_class() == segment_class(true, virtualized) &&
      walk.translation().size > PageSize::k4K)
    ++tally.large_segment_entries;
}

// Differences between PageWalk and the reference in a random machine; empty if there are none.
std::string try_random_accesses(uint64_t seed, Tally& tally) {
  Random random(seed);
  const RandomContext setting(random);
  TranslationContext context = setting.context();
  RandomMemory memory(random.word(), context.nested.format);
  RandomMemory reference_memory = memory;
  FilterConfig filter_config;
  filter_config.seed = random.word();
  EscapeFilter guest_filter(filter_config);
  EscapeFilter vmm_filter(filter_config);
  context.guest_filter = &guest_filter;
  context.vmm_filter = &vmm_filter;
  if (random.chance(50)) setting.fill(random, guest_filter, vmm_filter);

  Machine machine;
  machine.read = [&](uint64_t address) { return reference_memory.read(address); };
  machine.set_bits = [&](uint64_t a, uint64_t bits) { reference_memory.set_bits(a, bits); };
  machine.guest_escaped = [&](uint64_t page) { return guest_filter.contains(page); };
  machine.vmm_escaped = [&](uint64_t page) { return vmm_filter.contains(page); };
  machine.segment_entry = static_cast<PageSize>(random.below(kPageSizes));
  Translator translator(context, machine);
  std::ostringstream differences;

  for (int i = 0; i < 10; ++i) {
    const GuestVirtual address = setting.address(random);
    const Access access = RandomContext::access(random);
    const Answer expected = translator.translate(address.value(), access);
    const auto read = [&](HostPhysical entry) { return memory.read(entry.value()); };
    const auto set_bits = [&](HostPhysical entry, uint64_t bits) {
      memory.set_bits(entry.value(), bits);
    };
    PageWalk walk;
    walk.start(context, {false, false, false, true, machine.segment_entry}, address, access);
    PlainPort port(context, read, set_bits);
    walk.run(port);
    compare_walks(walk, expected, differences);
    if (memory.changed() != reference_memory.changed()) differences << "other A or D set\n";
    count(walk, context.virtualized, tally);
  }
  return differences.str();
}

RC_GTEST_PROP(PageWalkProperty, EqualsTheReferenceFaultForFault, (uint64_t seed)) {
  Tally tally;
  for (uint64_t machine = 0; machine < 40; ++machine)
    RC_ASSERT(try_random_accesses(scrambled(seed + machine), tally) == "");
}

TEST(PageWalkProperty, RandomMachinesReachEveryOutcome) {
  Tally tally;
  for (uint64_t seed = 0; seed < 4000; ++seed)
    ASSERT_EQ(try_random_accesses(scrambled(seed), tally), "") << seed;
  EXPECT_GT(tally.translations, 8000);
  for (const FaultKind kind :
       {FaultKind::kNotCanonical, FaultKind::kGuestPage, FaultKind::kNestedPage,
        FaultKind::kEptViolation, FaultKind::kEptMisconfiguration})
    EXPECT_GT(tally.faults[kind], 100) << static_cast<int>(kind);
  for (const PageSize size : {PageSize::k4K, PageSize::k2M, PageSize::k1G})
    EXPECT_GT(tally.sizes[size], 50) << static_cast<int>(size);
  for (int c = 0; c < kSegmentClasses; ++c)
    EXPECT_GT(tally.classes[static_cast<SegmentClass>(c)], 40) << c;
  EXPECT_GT(tally.large_segment_entries, 40);
}

}  // namespace
}  // namespace nestwalk
