// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <tuple>

#include "model/mmu/mmu.h"
#include "tests/support/random_world.h"

namespace nestwalk::test {

/// Makes random changes to a RandomWorld and tells an Mmu of them by what the architecture asks for
/// and nothing more: the registers' writes, and after a change of tables the least invalidations.
class RandomChanges {
 public:
  RandomChanges(Random& random, RandomWorld& world, Mmu& mmu)
      : random_(random), world_(world), mmu_(mmu) {
    mmu_.load_vm(world_.context());
  }

  /// A change of registers. What is in flight is not to notice.
  void change_registers() {
    RandomVm& vm = world_.vm();
    RandomProcess& process = world_.process();
    switch (random_.below(11)) {
      case 10:
        return change_mode();
      case 0:
      case 1:
        return switch_process();
      case 2:
        return switch_vm();
      case 3:
        if (!vm.virtualized) return switch_process();
        vm.map = random_.below(vm.maps.size());
        mmu_.load_nested_root(vm.maps[vm.map].root);
        note("nested root " + std::to_string(vm.map));
        return;
      case 4:
      case 5:
        process.segment = world_.draw_guest_segment();
        mmu_.write_guest_segment(process.segment);
        note("guest segment");
        return;
      case 6:
        if (!vm.virtualized) return switch_process();
        vm.segment = world_.draw_vmm_segment();
        mmu_.write_vmm_segment(vm.segment);
        note("VMM segment");
        return;
      case 7:
        process.filter = world_.draw_guest_filter();
        mmu_.write_guest_filter(process.filter);
        note("guest filter");
        return;
      case 8:
        if (!vm.virtualized) return switch_process();
        vm.filter = world_.draw_vmm_filter();
        mmu_.write_vmm_filter(vm.filter);
        note("VMM filter");
        return;
      default:
        return invalidate_for_nothing();
    }
  }

  /// A change of one table entry that has been used. Returns false if none was made.
  bool change_tables() {
    const uint64_t address = world_.any_used_entry();
    if (address == 0) return false;
    const std::set<Use> uses = world_.uses(address);
    const uint64_t old = world_.read(address);
    const uint64_t word = mutate(address, old, uses);
    if (word == old) return false;
    world_.write(address, word);
    std::ostringstream text;
    text << "entry 0x" << std::hex << address << ": 0x" << old << " -> 0x" << word;
    note(text.str());
    // What was not present, or only gains rights, is in no TLB, or does no harm there.
    if (random_.chance(70) && (is_absent(old, uses) || is_gain(old, word, uses))) {
      note("  needs no invalidation");
      return true;
    }
    for (const Use& use : uses) invalidate(use, old);
    done_.clear();
    world_.forget_uses(address);
    return true;
  }

  std::string log() const { return log_.str(); }
  void note(const std::string& line) { log_ << line << '\n'; }

 private:
  static constexpr uint64_t kGainX86 = 2;  // U would take rights away under SMEP and SMAP
  static constexpr uint64_t kGainEpt = 7;
  static constexpr uint64_t kNoExecute = uint64_t{1} << 63;
  static constexpr uint64_t kGlobal = uint64_t{1} << 8;
  /// The running process, and where it runs.
  enum class Where : uint8_t { kHere, kOtherProcess, kOtherVm };

  // ---- switches

  void switch_process() {
    RandomVm& vm = world_.vm();
    vm.process = random_.below(vm.processes.size());
    bool keep = random_.chance(60);
    if (random_.chance(25)) {  // a PCID is used again, or its process has changed while it slept
      RandomProcess& process = world_.process();
      RandomProcess drawn = world_.draw_process(static_cast<uint16_t>(process.pcid));
      if (world_.has_globals() || random_.chance(50)) drawn.paging = process.paging;
      process = drawn;
      world_.draw_addresses();
      keep = false;
    }
    const RandomProcess& process = world_.process();
    mmu_.load_process(process.paging, process.pcid, process.segment, process.filter, keep);
    note("process " + std::to_string(vm.process) + (keep ? " keep" : ""));
  }

  /// CR0.WP, EFER.NXE, CR4.SMEP, CR4.SMAP: no TLB entry need be dropped.
  void change_mode() {
    GuestPaging& paging = world_.process().paging;
    bool* const modes[] = {&paging.write_protect, &paging.nx_enabled, &paging.smep, &paging.smap};
    bool& mode = *modes[random_.below(4)];
    mode = !mode;
    const RandomProcess& process = world_.process();
    mmu_.load_process(process.paging, process.pcid, process.segment, process.filter, true);
    note("paging mode");
  }

  void switch_vm() {
    world_.run_vm(random_.below(world_.vms().size()));
    RandomVm& vm = world_.vm();
    if (vm.virtualized && random_.chance(20)) {
      vm.segment = world_.draw_vmm_segment();
      vm.filter = world_.draw_vmm_filter();
      mmu_.invvpid_single(vm.vpid);
      note("other VMM registers");
    }
    mmu_.load_vm(world_.context());
    note("VM " + std::to_string(static_cast<int>(vm.vpid)));
  }

  void invalidate_for_nothing() {
    const RandomProcess& process = world_.process();
    const GuestVirtual address = process.addresses[random_.below(process.addresses.size())];
    note("invalidation for nothing");
    switch (random_.below(6)) {
      case 0:
        return mmu_.invlpg(address);
      case 1:
        return mmu_.invpcid_single(process.pcid);
      case 2:
        return mmu_.invpcid_all();
      case 3:
        return mmu_.invvpid_address(address, world_.vm().vpid);
      case 4:
        return mmu_.invvpid_single_keep_globals(world_.vm().vpid);
      default:
        return mmu_.invept_single(world_.vm().maps[0].root);
    }
  }

  // ---- tables

  bool is_ept(const Use& use) const {
    return use.dimension == Dimension::kNested && world_.format() == NestedFormat::kEpt;
  }
  static bool is_leaf(uint64_t word, int level) {
    return level == 1 || (level <= 3 && (word >> 7 & 1) != 0);
  }

  uint64_t mutate(uint64_t address, uint64_t old, const std::set<Use>& uses) {
    const bool ept = !uses.empty() && is_ept(*uses.begin());
    uint64_t word = old;
    switch (random_.below(8)) {
      case 0:
        word = world_.redraw(address);
        break;
      case 1:
        word &= ept ? ~uint64_t{7} : ~uint64_t{1};
        break;
      case 2:
        word ^= ept ? uint64_t{1} << random_.below(3) : uint64_t{2} << random_.below(2);
        break;
      case 3:
        word ^= kNoExecute;
        break;
      case 4:
        word ^= uint64_t{1} << 7;
        break;
      case 5:
        word = ept ? word | kGainEpt : (word | kGainX86) & ~kNoExecute;
        break;
      default:  // another frame; of a table, one of the same kind
        word ^=
            uint64_t{1} << (random_.chance(50) ? 30 + random_.below(2) : 18 + random_.below(12));
        break;
    }
    if (!world_.has_globals())
      for (const Use& use : uses)
        if (!is_ept(use)) word &= ~kGlobal;
    return word;
  }

  bool is_absent(uint64_t old, const std::set<Use>& uses) const {
    for (const Use& use : uses)
      if ((old & (is_ept(use) ? 7 : 1)) != 0) return false;
    return true;
  }

  bool is_gain(uint64_t old, uint64_t word, const std::set<Use>& uses) const {
    for (const Use& use : uses) {
      if (!is_leaf(old, use.level)) return false;
      const uint64_t gain = is_ept(use) ? old | kGainEpt : (old | kGainX86) & ~kNoExecute;
      if (word != gain) return false;
    }
    return true;
  }

  // ---- the least invalidations

  void invalidate(const Use& use, uint64_t old) {
    if (use.dimension == Dimension::kNested) {
      if (!done_.insert({0, 0, use.root.value(), 0}).second) return;
      note("  INVEPT");
      if (random_.chance(80))
        mmu_.invept_single(use.root);
      else
        mmu_.invept_all();
      return;
    }
    if (use.vpid == Vpid{0} && world_.vm().vpid != Vpid{0}) {  // no VM invalidates for the host
      for (size_t i = 0; i < world_.vms().size(); ++i)
        if (world_.vms()[i].vpid == Vpid{0}) world_.run_vm(i);
      mmu_.load_vm(world_.context());
      note("  VM 0");
    }
    const auto key =
        std::make_tuple(1 + static_cast<uint64_t>(use.vpid), static_cast<uint64_t>(use.pcid),
                        use.page.value(), uint64_t{use.global});
    if (!done_.insert(key).second) return;
    // Any address of the page will do.
    const GuestVirtual address = use.page + (random_.word() & mask(use.size));
    const bool leaf = is_leaf(old, use.level);
    switch (where(use)) {
      case Where::kHere:
        return invalidate_here(use, address);
      case Where::kOtherProcess:
        return invalidate_process(use, address, leaf);
      case Where::kOtherVm:
        return invalidate_vm(use, address);
    }
  }

  Where where(const Use& use) {
    if (use.vpid != world_.vm().vpid) return Where::kOtherVm;
    return use.pcid == world_.process().pcid ? Where::kHere : Where::kOtherProcess;
  }

  void invalidate_here(const Use& use, GuestVirtual address) {
    if (random_.chance(60)) {
      note("  INVLPG");
      mmu_.invlpg(address);
    } else if (!use.global && random_.chance(30)) {
      const RandomProcess& process = world_.process();
      mmu_.load_process(process.paging, process.pcid, process.segment, process.filter, false);
      note("  CR3");
    } else {
      invalidate_process(use, address, false);
    }
  }

  void invalidate_process(const Use& use, GuestVirtual address, bool leaf) {
    if (use.global) {
      if (leaf && random_.chance(50)) {  // globals are everyone's
        note("  INVLPG of a global");
        mmu_.invlpg(address);
        return;
      }
      if (random_.chance(50)) {
        note("  INVPCID all with globals");
        mmu_.invpcid_all_with_globals();
        return;
      }
      return invalidate_vm(use, address);
    }
    switch (random_.below(4)) {
      case 0:
        note("  INVPCID address");
        return mmu_.invpcid_address(address, use.pcid);
      case 1:
        note("  INVPCID single");
        return mmu_.invpcid_single(use.pcid);
      case 2:
        note("  INVPCID all");
        return mmu_.invpcid_all();
      default:
        return invalidate_vm(use, address);
    }
  }

  void invalidate_vm(const Use& use, GuestVirtual address) {
    const uint64_t choice = random_.below(4);
    if (choice == 0 && use.vpid != Vpid{0}) {
      note("  INVVPID all");
      return mmu_.invvpid_all();
    }
    if (choice == 1 && !use.global) {
      note("  INVVPID single, globals kept");
      return mmu_.invvpid_single_keep_globals(use.vpid);
    }
    if (choice == 2) {
      note("  INVVPID single");
      return mmu_.invvpid_single(use.vpid);
    }
    note("  INVVPID address");
    mmu_.invvpid_address(address, use.vpid);
  }

  Random& random_;
  RandomWorld& world_;
  Mmu& mmu_;
  std::set<std::tuple<uint64_t, uint64_t, uint64_t, uint64_t>> done_;
  std::ostringstream log_;
};

}  // namespace nestwalk::test
