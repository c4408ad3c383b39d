// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "model/context/translation_context.h"
#include "tests/support/random_machine.h"
#include "tests/support/reference_walk.h"

namespace nestwalk::test {

using reference::RandomContext;
using reference::RandomMemory;

/// An address space of a VM, its registers, and the addresses that it likes.
struct RandomProcess {
  Pcid pcid{0};
  GuestPaging paging;
  GuestSegment segment;
  const EscapeFilter* filter = nullptr;
  std::vector<GuestVirtual> addresses;
};

/// A VM, or the host itself (VPID 0): its registers, nested maps and processes.
struct RandomVm {
  Vpid vpid{0};
  bool virtualized = false;
  std::vector<NestedPaging> maps;
  size_t map = 0;
  VmmSegment segment;
  const EscapeFilter* filter = nullptr;
  std::vector<RandomProcess> processes;
  size_t process = 0;
};

/// Somebody who has used a table entry, so that what it said may be kept in a TLB.
struct Use {
  Dimension dimension;
  int level;  ///< Of the table that the entry is in.
  Vpid vpid;
  Pcid pcid;
  HostPhysical root;  ///< Of the nested map.
  GuestVirtual page;  ///< Start of the guest's page (of the 4K page where the walk faulted).
  PageSize size;      ///< Of that page.
  bool global;

  friend bool operator<(const Use& a, const Use& b) { return a.all() < b.all(); }

 private:
  std::tuple<Dimension, int, Vpid, Pcid, HostPhysical, GuestVirtual, PageSize, bool> all() const {
    return {dimension, level, vpid, pcid, root, page, size, global};
  }
};

/// Several VMs with their processes in one random memory, the registers of all, which of them runs,
/// and the answers that the plain reference walk gives. The model is told of every change by
/// whoever makes it.
///
/// Either processes have tables of their own and no page is global, or all processes of a VM share
/// one table, with global pages in it: anything else would be a mistake of the guest's.
class RandomWorld {
 public:
  explicit RandomWorld(Random& random)
      : random_(random),
        globals_(random.chance(30)),
        format_(random.chance(50) ? NestedFormat::kEpt : NestedFormat::kNpt),
        memory_(random.word(), format_),
        model_memory_(memory_) {
    if (!globals_) {
      memory_.forbid_global();
      model_memory_.forbid_global();
    }
    machine_.read = [this](uint64_t address) { return memory_.read(address); };
    machine_.set_bits = [this](uint64_t address, uint64_t bits) {
      if (marking_) memory_.set_bits(address, bits);
    };
    machine_.guest_escaped = [this](uint64_t page) { return escaped(asked_.guest_filter, page); };
    machine_.vmm_escaped = [this](uint64_t page) { return escaped(asked_.vmm_filter, page); };
    machine_.on_read = [this](uint64_t address, Dimension dimension, int level) {
      reads_.push_back({address, dimension, level});
    };
    const uint16_t first = random.chance(30) ? 0 : 1;
    const uint16_t count = static_cast<uint16_t>(1 + random.below(2));
    for (uint16_t vpid = first; vpid < first + count; ++vpid) vms_.push_back(draw_vm(vpid));
  }

  NestedFormat format() const { return format_; }
  bool has_globals() const { return globals_; }
  /// The tables as the model sees and marks them.
  RandomMemory& model_memory() { return model_memory_; }
  /// Memory ends there, for the reference and the model.
  void end_memory_at(uint64_t address) {
    memory_.end_at(address);
    model_memory_.end_at(address);
  }
  /// Calls `visit(address)` for the entries that the last translation read.
  template <class Visit>
  void for_each_read(Visit visit) const {
    for (const Read& read : reads_) visit(read.address);
  }
  /// As reference::Machine::segment_entry.
  void set_segment_entry(PageSize size) { machine_.segment_entry = size; }

  std::vector<RandomVm>& vms() { return vms_; }
  RandomVm& vm() { return vms_[running_]; }
  RandomProcess& process() { return vm().processes[vm().process]; }
  void run_vm(size_t number) { running_ = number; }

  /// The registers as they are now.
  TranslationContext context() const {
    const RandomVm& vm = vms_[running_];
    const RandomProcess& process = vm.processes[vm.process];
    TranslationContext context;
    context.pcid = process.pcid;
    context.vpid = vm.vpid;
    context.virtualized = vm.virtualized;
    context.guest = process.paging;
    context.nested = vm.maps[vm.map];
    context.guest_segment = process.segment;
    context.vmm_segment = vm.segment;
    context.guest_filter = process.filter;
    context.vmm_filter = vm.filter;
    return context;
  }

  /// What the running process gets for an access now; sets A and D in the reference's tables.
  reference::Answer translate(GuestVirtual address, Access access) {
    return translate(context(), address, access, true);
  }
  /// The same in another context, leaving A and D. The entries' use is noted all the same.
  reference::Answer translate(const TranslationContext& context, GuestVirtual address,
                              Access access, bool marking) {
    asked_ = context;
    marking_ = marking;
    reads_.clear();
    const reference::Answer answer =
        reference::Translator(asked_, machine_).translate(address.value(), access);
    note_uses(address, answer);
    return answer;
  }

  /// Whether the model has set the very bits that the reference has.
  bool same_tables() const { return memory_.changed() == model_memory_.changed(); }
  /// After accesses raced with changes: what the model has set is taken over.
  void take_over_tables() { memory_ = model_memory_; }

  // ---- changes of tables

  uint64_t read(uint64_t address) const { return memory_.read(address); }
  void write(uint64_t address, uint64_t word) {
    memory_.write(address, word);
    model_memory_.write(address, word);
  }
  /// Another entry that might have been drawn for an address.
  uint64_t redraw(uint64_t address) {
    RandomMemory other(random_.word(), format_);
    if (!globals_) other.forbid_global();
    return other.read(address);
  }
  /// An entry that has been used; 0 if there is none.
  uint64_t any_used_entry() {
    if (uses_.empty()) return 0;
    auto found = uses_.begin();
    std::advance(found, static_cast<long>(random_.below(uses_.size())));
    return found->first;
  }
  const std::set<Use>& uses(uint64_t address) { return uses_[address]; }
  void forget_uses(uint64_t address) { uses_.erase(address); }

  // ---- new settings

  RandomProcess draw_process(uint16_t pcid) {
    const RandomContext setting = draw_context();
    RandomProcess process;
    process.pcid = Pcid{pcid};
    process.paging = setting.context().guest;
    process.segment = random_.chance(25) ? draw_large_guest_segment(setting.address(random_))
                                         : setting.context().guest_segment;
    process.filter = draw_filter(process.segment.base().page(), 64);
    return process;
  }
  GuestSegment draw_guest_segment() {
    const GuestSegment& old = process().segment;
    if (old.enabled() && random_.chance(30)) return {old.base(), old.base(), 0};
    if (old.enabled() && random_.chance(30))
      return {old.base(), old.limit(), old.offset() ^ uint64_t{1} << (12 + random_.below(24))};
    for (int i = 0; i < 10; ++i) {
      const GuestVirtual near = process().addresses[random_.below(process().addresses.size())];
      const GuestSegment drawn =
          random_.chance(25) ? draw_large_guest_segment(near) : around<GuestSegment>(near.value());
      if (drawn.enabled()) return drawn;
    }
    return {};
  }
  VmmSegment draw_vmm_segment() {
    const VmmSegment& old = vm().segment;
    if (old.enabled() && random_.chance(40)) return {old.base(), old.base(), 0};
    if (old.enabled() && random_.chance(30))
      return {old.base(), old.limit(), old.offset() ^ uint64_t{1} << (18 + random_.below(14))};
    return draw_any_vmm_segment();
  }
  const EscapeFilter* draw_guest_filter() {
    return draw_filter(process().addresses.front().page() - 8, 16);
  }
  const EscapeFilter* draw_vmm_filter() { return draw_filter(0, RandomMemory::kFrames); }

  /// Gives the process of the running VM addresses that mostly translate.
  void draw_addresses() {
    RandomProcess& process = this->process();
    process.addresses.clear();
    for (int tries = 0; tries < 80 && process.addresses.size() < 8; ++tries) {
      const GuestVirtual address = draw_address(process);
      const Access access = RandomContext::access(random_);
      asked_ = context();
      marking_ = false;
      const bool faults = static_cast<bool>(
          reference::Translator(asked_, machine_).translate(address.value(), access).fault);
      if (!faults || random_.chance(6)) process.addresses.push_back(address);
    }
    if (process.addresses.empty()) process.addresses.push_back(draw_address(process));
  }

 private:
  struct Read {
    uint64_t address;
    Dimension dimension;
    int level;
  };

  static bool escaped(const EscapeFilter* filter, uint64_t page) {
    return filter != nullptr && filter->contains(page);
  }

  RandomVm draw_vm(uint16_t vpid) {
    RandomVm vm;
    vm.vpid = Vpid{vpid};
    vm.virtualized = vpid != 0;
    const RandomContext setting = draw_context();
    NestedPaging map = setting.context().nested;
    map.format = format_;
    vm.maps.push_back(map);
    map.root =
        HostPhysical(RandomMemory::table_frame(random_, map.levels, true) << shift(PageSize::k4K));
    vm.maps.push_back(map);
    vm.segment = draw_any_vmm_segment();
    vm.filter = draw_filter(0, RandomMemory::kFrames);
    for (uint16_t pcid = 0; pcid < 2; ++pcid) {
      vm.processes.push_back(draw_process(pcid));
      if (globals_) vm.processes.back().paging = vm.processes.front().paging;
    }
    vms_.push_back(vm);
    running_ = vms_.size() - 1;
    for (size_t i = 0; i < vm.processes.size(); ++i) {
      this->vm().process = i;
      draw_addresses();
    }
    vm = this->vm();
    vms_.pop_back();
    running_ = 0;
    return vm;
  }

  RandomContext draw_context() { return RandomContext(random_); }

  /// Of whole 2M pages, kept aligned.
  GuestSegment draw_large_guest_segment(GuestVirtual near) {
    const uint64_t base = near.align_down(PageSize::k2M).value();
    const uint64_t length = (1 + random_.below(32)) << shift(PageSize::k2M);
    if (base + length < base) return {};
    const uint64_t to = random_.below(RandomMemory::kFrames >> 9) << shift(PageSize::k2M);
    return {GuestVirtual(base), GuestVirtual(base + length), to - base};
  }

  VmmSegment draw_any_vmm_segment() {
    if (random_.chance(75)) return draw_context().context().vmm_segment;
    // All of the guest's memory, and large pages stay aligned.
    return {GuestPhysical(0), GuestPhysical(RandomMemory::kFrames << shift(PageSize::k4K)),
            random_.below(16) << shift(PageSize::k1G)};
  }

  GuestVirtual draw_address(const RandomProcess& process) {
    const bool five = process.paging.levels == 5;
    const int unused = five ? 7 : 16;
    const auto canonical = [unused](uint64_t value) {
      return GuestVirtual(static_cast<uint64_t>(static_cast<int64_t>(value << unused) >> unused));
    };
    const GuestSegment& segment = process.segment;
    if (segment.enabled() && random_.chance(25))
      return canonical(segment.base().value() + random_.below(segment.limit() - segment.base()));
    if (segment.enabled() && random_.chance(40))
      return canonical((random_.chance(50) ? segment.base() : segment.limit()).value() +
                       (random_.below(16) << 12) - (8 << 12));
    if (!process.addresses.empty() && random_.chance(50))
      return canonical(process.addresses[random_.below(process.addresses.size())].value() ^
                       uint64_t{1} << (12 + random_.below(30)));
    return canonical(random_.word());
  }

  template <class Segment>
  Segment around(uint64_t address) {
    using From = std::decay_t<decltype(Segment().base())>;
    const uint64_t in_page = mask(PageSize::k4K);
    const uint64_t base = (address & ~in_page) - (random_.below(4) << (12 + random_.below(12)));
    const uint64_t length = (1 + random_.below(8)) << (12 + random_.below(12));
    if (base + length < base) return {};
    uint64_t offset = (random_.below(RandomMemory::kFrames) << 12) - base;
    if (random_.chance(50)) offset = offset >> 30 << 30;
    return Segment(From(base), From(base + length), offset & ~in_page);
  }

  const EscapeFilter* draw_filter(uint64_t first_page, uint64_t pages) {
    if (random_.chance(40)) return nullptr;
    FilterConfig config;
    config.bits = uint32_t{64} << random_.below(3);
    config.seed = random_.word();
    filters_.emplace_back(config);
    for (uint64_t i = random_.below(12); i != 0; --i)
      filters_.back().insert(first_page + random_.below(pages));
    return &filters_.back();
  }

  void note_uses(GuestVirtual address, const reference::Answer& answer) {
    Use use;
    use.vpid = asked_.vpid;
    use.pcid = asked_.pcid;
    use.root = asked_.virtualized ? asked_.nested.root : HostPhysical(~uint64_t{0});
    use.size = PageSize::k4K;
    for (const Read& read : reads_)
      if (read.dimension == Dimension::kGuest && !answer.fault) use.size = leaf_size(read.level);
    if (answer.guest_segment) use.size = PageSize::k4K;
    use.page = address.align_down(use.size);
    use.global = !answer.fault && answer.translation.global;
    for (const Read& read : reads_) {
      use.dimension = read.dimension;
      use.level = read.level;
      uses_[read.address].insert(use);
    }
  }

  Random& random_;
  bool globals_;
  NestedFormat format_;
  RandomMemory memory_;
  RandomMemory model_memory_;
  std::deque<EscapeFilter> filters_;  ///< All there ever were: contexts of the past point to them.
  std::vector<RandomVm> vms_;
  size_t running_ = 0;
  reference::Machine machine_;
  TranslationContext asked_;
  bool marking_ = true;
  std::vector<Read> reads_;
  std::map<uint64_t, std::set<Use>> uses_;
};

}  // namespace nestwalk::test
