// SPDX-License-Identifier: Apache-2.0
// The path without transactions, on which LT runs: whatever has happened before, it answers as a
// plain walk of tables and segments would, and takes the cycles, sets the bits and leaves the
// counts that the sockets do.
#include "model/mmu/fused_path.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "model/memory/memory_system_module.h"
#include "model/verification/test_initiator.h"
#include "tests/support/random_changes.h"
#include "tests/support/random_mmu_config.h"
#include "tests/support/random_world.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

/// Of entries; tables that lead past it, and bits that say so by mistake, are met now and then.
constexpr uint64_t kMemory = uint64_t{1} << 36;
constexpr int kAccesses = 60;

/// What a life has seen; the two ways must see the same.
struct Diary {
  std::vector<std::string> lines;
  uint64_t translations = 0;
  uint64_t faults = 0;
  uint64_t read_nothing = 0;
  uint64_t told_absent = 0;
};

/// A random machine that lives through a random history, accessed one way or the other.
class Life {
 public:
  Life(uint64_t seed, bool fused)
      : random_(seed),
        fused_(fused),
        world_(random_),
        contents_(kMemory),
        config_(RandomMmuConfig(random_).draw()),
        memory_("memory", hierarchy(), config_.latency, clock_, contents_, 1, random_.word()),
        mmu_("mmu", config_, clock_),
        initiator_("initiator", TestInitiator::Protocol::kBlocking, clock_),
        changes_(random_, world_, mmu_),
        path_(mmu_, contents_, memory_.chain(0)) {
    mmu_.tables().bind(memory_.socket(0, MemorySystem::kTables));
    mmu_.memory().bind(memory_.socket(0, MemorySystem::kData));
    initiator_.socket.bind(mmu_.cpu());
    world_.end_memory_at(kMemory);
    world_.set_segment_entry(config_.segment_entry);
  }

  Diary live() {
    for (int i = 0; i < kAccesses; ++i) {
      if (random_.chance(20)) change();
      access();
    }
    note_counts();
    return diary_;
  }

 private:
  struct Found {
    bool fault;
    HostPhysical place;
    uint64_t cycles;
  };

  static MemoryHierarchyConfig hierarchy() {
    MemoryHierarchyConfig config;
    config.l1d = {true, 1 << 10, 4};
    config.l2 = {true, 4 << 10, 8};
    config.l3 = {true, 15 << 10, 20};
    return config;
  }

  void change() {
    if (!random_.chance(60)) return changes_.change_registers();
    changes_.change_tables();
    for (const uint64_t address : known_)
      contents_.write(HostPhysical(address), world_.read(address));
  }

  void access() {
    const RandomProcess& process = world_.process();
    GuestVirtual address = process.addresses[random_.below(process.addresses.size())];
    if (random_.chance(25)) address = address.align_down(PageSize::k2M) + random_.below(1 << 21);
    const auto kind = static_cast<AccessKind>(random_.below(3));
    const Access access{kind, random_.chance(60)};
    const reference::Answer wanted = translate(address, access);
    ++(wanted.fault ? diary_.faults : diary_.translations);
    const Found found = fused_ ? ask_path(address, access) : ask(address, access);
    std::ostringstream line;
    line << "rwx"[static_cast<int>(kind)] << (access.user ? "u" : "s") << std::hex << " 0x"
         << address.value() << ": " << text(found.fault, found.place) << std::dec << ", "
         << found.cycles << " cycles";
    diary_.lines.push_back(line.str());
    EXPECT_EQ(text(found.fault, found.place),
              text(static_cast<bool>(wanted.fault), wanted.translation.address))
        << line.str() << changes_.log();
    for (const uint64_t entry : known_)
      EXPECT_EQ(contents_.read(HostPhysical(entry)), world_.read(entry))
          << std::hex << "entry 0x" << entry << " after " << line.str() << changes_.log();
  }

  /// The reference's answer. What it reads, and no more can the model want to, is put into memory,
  /// A and D as they were.
  reference::Answer translate(GuestVirtual address, Access access) {
    world_.translate(world_.context(), address, access, false);
    world_.for_each_read([this](uint64_t entry) {
      if (entry >= kMemory) ++diary_.read_nothing;
      if (known_.insert(entry).second) contents_.write(HostPhysical(entry), world_.read(entry));
    });
    return world_.translate(address, access);
  }

  static std::string text(bool fault, HostPhysical place) {
    std::ostringstream text;
    if (fault)
      text << "fault";
    else
      text << std::hex << "0x" << place.value();
    return text.str();
  }

  Found ask(GuestVirtual address, Access access) {
    TimedAccess timed;
    timed.issue = clock_.count(sc_core::sc_time_stamp());
    timed.kind = access.kind;
    timed.user = access.user;
    timed.address = address;
    timed.length = 1;
    timed.translate_only = true;
    const size_t number = initiator_.access(timed);
    if (sc_core::sc_pending_activity()) sc_core::sc_start();
    const TimedAnswer& answer = initiator_.answer(number);
    return {static_cast<bool>(answer.fault), answer.translation.address, answer.translation_cycles};
  }

  Found ask_path(GuestVirtual address, Access access) {
    EXPECT_TRUE(path_.serves());
    bool absent = false;
    if (access.user && access.kind != AccessKind::kExecute) {
      const auto look = path_.view().look(address, access.kind == AccessKind::kWrite);
      if (look.entry != nullptr) {
        path_.count_hits(1);
        return {false, look.entry->page() + address.offset(), 0};
      }
      absent = look.absent;
      diary_.told_absent += absent ? 1 : 0;
    }
    const FusedPath::Outcome outcome =
        path_.translate(address, access, absent, [] { return false; });
    return {outcome.fault, outcome.place, path_.collect().translation};
  }

  void note_counts() {
    std::ostringstream line;
    const auto hits = [&](const char* name, const HitStatistics& counts) {
      line << name << ' ' << counts.hits << ' ' << counts.misses << ", ";
    };
    hits("L1", mmu_.l1_tlb.statistics.data);
    hits("L1I", mmu_.l1_tlb.statistics.instruction);
    hits("L2", mmu_.l2_tlb.statistics.data);
    hits("L2I", mmu_.l2_tlb.statistics.fetches);
    hits("nested", mmu_.l2_tlb.statistics.nested);
    if (mmu_.nested_tlb != nullptr) hits("own nested", mmu_.nested_tlb->statistics);
    hits("guest structures", mmu_.structure_caches.statistics.guest);
    hits("nested structures", mmu_.structure_caches.statistics.nested);
    for (const WalkStatistics* walks : {&mmu_.walker.statistics, &mmu_.walker.fetch_statistics}) {
      line << "walks " << walks->walks << ", " << walks->cycles << " cycles, "
           << walks->memory_references << " reads, " << walks->segment_checks << " checks, "
           << walks->ad_updates << " updates, " << walks->dirty_assists << " assists, "
           << walks->guest_faults << " and " << walks->nested_faults << " faults; ";
      for (const uint64_t count : walks->by_class) line << count << ' ';
      for (const uint64_t count : walks->by_page_size) line << count << ' ';
      for (const uint64_t count : walks->service.counts()) line << count << ' ';
    }
    diary_.lines.push_back(line.str());
  }

  Random random_;
  bool fused_;
  Clock clock_;
  RandomWorld world_;
  PhysicalMemory contents_;
  MmuConfig config_;
  MemorySystem memory_;
  Mmu mmu_;
  TestInitiator initiator_;
  RandomChanges changes_;
  FusedPath path_;
  std::set<uint64_t> known_;  ///< Entries that lie in memory as the reference has them.
  Diary diary_;
};

Diary live(uint64_t seed, bool fused) {
  const SystemCContext systemc;
  return Life(seed, fused).live();
}

RC_GTEST_PROP(FusedPath, DoesWhatTheSocketsDo, (uint64_t seed)) {
  for (uint64_t i = 0; i < 5; ++i)
    RC_ASSERT(live(scrambled(seed + i), true).lines == live(scrambled(seed + i), false).lines);
}

TEST(FusedPath, HistoriesMeetEverything) {
  Diary all;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Diary one = live(scrambled(seed), true);
    ASSERT_EQ(one.lines, live(scrambled(seed), false).lines) << seed;
    all.translations += one.translations;
    all.faults += one.faults;
    all.read_nothing += one.read_nothing;
    all.told_absent += one.told_absent;
  }
  EXPECT_GT(all.translations, 2000U);
  EXPECT_GT(all.faults, 500U);
  EXPECT_GT(all.read_nothing, 30U);
  EXPECT_GT(all.told_absent, 300U);
}

}  // namespace
}  // namespace nestwalk::test
