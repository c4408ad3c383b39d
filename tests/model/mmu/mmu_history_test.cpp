// SPDX-License-Identifier: Apache-2.0
// The property that everything rests on: whatever has happened before, the MMU answers as a plain
// walk of the tables and segments would, fault for fault, and sets the A and D bits that it would.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "model/verification/latency_memory.h"
#include "model/verification/protocol_checker.h"
#include "model/verification/test_initiator.h"
#include "tests/support/random_changes.h"
#include "tests/support/random_mmu_config.h"
#include "tests/support/random_world.h"
#include "tests/support/systemc_context.h"

namespace nestwalk::test {
namespace {

using Protocol = TestInitiator::Protocol;

/// What histories met: one that only ever faults, or never hits, proves little.
struct Tally {
  uint64_t translations = 0;
  uint64_t faults = 0;
  std::map<TranslationSource, uint64_t> sources;
  uint64_t large_completions = 0;  ///< By segments, for an entry above 4K.
  uint64_t changes_in_flight = 0;
  uint64_t table_changes = 0;
};

/// One random machine that lives through one random history.
class History {
 public:
  History(uint64_t seed, Protocol protocol, Tally& tally)
      : random_(seed),
        tally_(tally),
        world_(random_),
        memory_("memory", memory_config(), clock_, 1,
                [this](tlm::tlm_generic_payload& payload) { return move(payload); }),
        mmu_("mmu", RandomMmuConfig(random_).draw(), clock_,
             [this](auto& initiator, auto& target) { connections_.connect(initiator, target); }),
        initiator_("initiator", protocol, clock_),
        changes_(random_, world_, mmu_) {
    connections_.connect(initiator_.socket, mmu_.cpu());
    connections_.connect(mmu_.tables(), memory_.socket(0));
    world_.set_segment_entry(mmu_.config().segment_entry);
    initiator_.on_answer = [this](size_t number) { check(number); };
  }

  /// One access at a time, changes between them.
  std::string run_one_by_one(int steps) {
    for (int i = 0; i < steps && failure_.empty(); ++i) {
      if (random_.chance(20)) change(false);
      ask();
      drain();
    }
    return failure_;
  }

  /// Bursts of accesses, changes while they are in flight.
  std::string run_overlapped(int bursts) {
    for (int i = 0; i < bursts && failure_.empty(); ++i) {
      const uint64_t length = 1 + random_.below(12);
      for (uint64_t k = 0; k < length; ++k) {
        ask();
        if (random_.chance(30)) continue;  // in the same cycle
        sc_core::sc_start(clock_.cycles(1 + random_.below(40)));
        if (random_.chance(15)) change(true);
      }
      drain();
    }
    return failure_;
  }

 private:
  struct Expected {
    TranslationContext context;
    reference::Answer answer;
    bool exact = true;  ///< Off if tables changed while the access was in flight.
  };

  LatencyMemoryConfig memory_config() {
    LatencyMemoryConfig config;
    config.latency = static_cast<Cycles>(random_.below(12));
    config.accept = random_.chance(40) ? static_cast<Cycles>(random_.below(6)) : 0;
    config.skips_end_request = random_.chance(20);
    return config;
  }

  bool move(tlm::tlm_generic_payload& payload) {
    uint64_t word;
    if (payload.is_write()) {
      std::memcpy(&word, payload.get_data_ptr(), sizeof word);
      world_.model_memory().write(payload.get_address(), word);
    } else {
      word = world_.model_memory().read(payload.get_address());
      std::memcpy(payload.get_data_ptr(), &word, sizeof word);
    }
    return true;
  }

  void change(bool may_be_in_flight) {
    const bool in_flight = may_be_in_flight && initiator_.in_flight() != 0;
    if (in_flight) ++tally_.changes_in_flight;
    if (!random_.chance(60)) {
      changes_.change_registers();
      return;
    }
    if (!changes_.change_tables()) return;
    ++tally_.table_changes;
    if (in_flight) note_race();
  }

  /// Accesses in flight may see the old tables, the new, or some of each; what they may have used
  /// is noted, their answers are not compared.
  void note_race() {
    raced_ = true;
    for (size_t i = 0; i < expected_.size(); ++i) {
      if (initiator_.answer(i).done) continue;
      expected_[i].exact = false;
      const TimedAccess& asked = initiator_.asked(i);
      world_.translate(expected_[i].context, asked.address, {asked.kind, asked.user}, false);
    }
  }

  void ask() {
    const RandomProcess& process = world_.process();
    GuestVirtual address = process.addresses[random_.below(process.addresses.size())];
    if (random_.chance(25)) address = address.align_down(PageSize::k2M) + random_.below(1 << 21);
    if (random_.chance(5))
      address = GuestVirtual(address.value() ^ uint64_t{1} << random_.below(64));
    TimedAccess access;
    access.issue = clock_.count(sc_core::sc_time_stamp());
    access.kind = static_cast<AccessKind>(random_.below(3));
    access.user = random_.chance(60);
    access.address = address;
    access.length = 1;
    access.translate_only = true;
    std::ostringstream text;
    text << "access " << initiator_.accesses() << ": "
         << "rwx"[static_cast<int>(access.kind)] << (access.user ? "u" : "s") << " 0x" << std::hex
         << address.value() << std::dec << " at " << access.issue;
    changes_.note(text.str());
    const TranslationContext context = world_.context();
    expected_.push_back({context, world_.translate(address, {access.kind, access.user}),
                         !raced_ || !depends_on_marks(context)});
    initiator_.access(access);
  }

  /// EPT without A and D faults where A or D must be set in a guest table that may not be written:
  /// the answer depends on whether those in flight have set it.
  static bool depends_on_marks(const TranslationContext& context) {
    return context.virtualized && context.nested.format == NestedFormat::kEpt &&
           !context.nested.accessed_dirty;
  }

  void drain() {
    if (sc_core::sc_pending_activity()) sc_core::sc_start();
    std::ostringstream text;
    if (initiator_.in_flight() != 0 || mmu_.in_flight() != 0 || connections_.in_flight() != 0)
      text << "hangs: " << initiator_.in_flight() << " accesses in flight\n";
    if (raced_) {
      raced_ = false;
      world_.take_over_tables();
    } else if (!world_.same_tables()) {
      text << "other A or D bits set:\n" << table_differences();
    }
    fail(text.str());
  }

  void check(size_t number) {
    const TimedAnswer& found = initiator_.answer(number);
    const Expected& wanted = expected_[number];
    ++(found.fault ? tally_.faults : tally_.translations);
    if (!found.fault) ++tally_.sources[found.source];
    const bool completed = !found.fault && found.source == TranslationSource::kSegments;
    if (completed && found.translation.size > PageSize::k4K) ++tally_.large_completions;
    if (!wanted.exact) return;
    std::ostringstream text;
    const Fault& fault = wanted.answer.fault;
    if (found.fault.kind != fault.kind)
      text << "fault " << int(found.fault.kind) << ", expected " << int(fault.kind) << '\n';
    else if (fault && (found.fault.code != fault.code ||
                       found.fault.virtual_address != fault.virtual_address ||
                       found.fault.physical_address != fault.physical_address))
      text << std::hex << "fault code 0x" << found.fault.code << " gPA 0x"
           << found.fault.physical_address.value() << ", expected 0x" << fault.code << " gPA 0x"
           << fault.physical_address.value() << '\n';
    else if (!fault && found.translation.address != wanted.answer.translation.address)
      text << std::hex << "hPA 0x" << found.translation.address.value() << ", expected 0x"
           << wanted.answer.translation.address.value() << '\n';
    else if (completed && found.translation.size != wanted.answer.translation.size)
      text << "entry of size " << int(found.translation.size) << ", expected "
           << int(wanted.answer.translation.size) << '\n';
    const auto status = fault ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE;
    if (found.status != status) text << "response status " << found.status << '\n';
    if (text.str().empty()) return;
    fail("access " + std::to_string(number) + " (source " +
         std::to_string(static_cast<int>(found.source)) + "): " + text.str());
  }

  std::string table_differences() {
    std::ostringstream text;
    text << std::hex;
    for (const auto& [address, word] : world_.model_memory().changed())
      if (world_.read(address) != word)
        text << "0x" << address << ": 0x" << word << ", expected 0x" << world_.read(address)
             << '\n';
    if (text.str().size() < 10) text << "the model left some unset\n";
    return text.str();
  }

  void fail(const std::string& what) {
    if (what.empty() || !failure_.empty()) return;
    failure_ = what + changes_.log();
  }

  Random random_;
  Tally& tally_;
  Clock clock_;
  RandomWorld world_;
  CheckedConnections connections_;
  LatencyMemory memory_;
  Mmu mmu_;
  TestInitiator initiator_;
  RandomChanges changes_;
  std::vector<Expected> expected_;
  bool raced_ = false;
  std::string failure_;
};

constexpr uint64_t kHistories = 20;  ///< A case.

std::string live_one_by_one(uint64_t seed, Protocol protocol, Tally& tally) {
  const SystemCContext systemc;
  return History(seed, protocol, tally).run_one_by_one(60);
}

std::string live_overlapped(uint64_t seed, Tally& tally) {
  const SystemCContext systemc;
  return History(seed, Protocol::kPhases, tally).run_overlapped(12);
}

RC_GTEST_PROP(MmuHistory, LtAnswersAsAPlainWalk, (uint64_t seed)) {
  Tally tally;
  for (uint64_t i = 0; i < kHistories; ++i)
    RC_ASSERT(live_one_by_one(scrambled(seed + i), Protocol::kBlocking, tally) == "");
}

RC_GTEST_PROP(MmuHistory, AtAnswersAsAPlainWalk, (uint64_t seed)) {
  Tally tally;
  for (uint64_t i = 0; i < kHistories; ++i)
    RC_ASSERT(live_one_by_one(scrambled(seed + i), Protocol::kPhases, tally) == "");
}

RC_GTEST_PROP(MmuHistory, OverlappedAccessesAreAnsweredAsAPlainWalk, (uint64_t seed)) {
  Tally tally;
  for (uint64_t i = 0; i < kHistories; ++i)
    RC_ASSERT(live_overlapped(scrambled(seed + i), tally) == "");
}

TEST(MmuHistory, HistoriesMeetEverything) {
  Tally tally;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    ASSERT_EQ(live_one_by_one(scrambled(seed), Protocol::kBlocking, tally), "") << seed;
    ASSERT_EQ(live_overlapped(scrambled(seed), tally), "") << seed;
  }
  EXPECT_GT(tally.translations, 4000U);
  EXPECT_GT(tally.faults, 1000U);
  EXPECT_GT(tally.table_changes, 500U);
  EXPECT_GT(tally.changes_in_flight, 200U);
  for (const TranslationSource source :
       {TranslationSource::kL1Tlb, TranslationSource::kSegments, TranslationSource::kL2Tlb,
        TranslationSource::kWalk, TranslationSource::kMerged})
    EXPECT_GT(tally.sources[source], 30U) << static_cast<int>(source);
  EXPECT_GT(tally.large_completions, 30U);
}

}  // namespace
}  // namespace nestwalk::test
