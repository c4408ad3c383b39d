// SPDX-License-Identifier: Apache-2.0
#include "sim/software/fixed_software.h"

#include <algorithm>
#include <string>
#include <utility>

#include "model/segment/segment_comparator.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/software/guest_page_size.h"
#include "sim/software/refused_writes.h"

namespace nestwalk {
namespace {

constexpr Vpid kHost{0};
constexpr Vpid kFirstVm{1};

constexpr int kMaxHostMemoryBits = 43;

/// The stream writes a register or filter of the VMM level, and the mode has no such level.
InputError no_vmm_level(const std::string& what) {
  return InputError(what,
                    "the stream writes it, but a native machine has none, only the guest's: run a "
                    "virtualized mode, or take the writes out of the stream");
}

/// A contiguous, 1 GiB aligned half of the host memory that is left.
uint64_t half(uint64_t left) {
  return (left / 2) & ~mask(PageSize::k1G);
}

}  // namespace

FixedSoftware::FixedSoftware(const SoftwareSetup& config, PhysicalMemory& memory)
    : config_(config),
      memory_(memory),
      virtualized_(is_virtualized(config.mode)),
      host_space_("host memory", HostPhysical(0), memory.size()),
      host_frames_(host_space_, host_space_.take_low(1)),
      spare_frames_(host_space_, host_space_.take_low(1)),
      running_{first_vm()} {
  expect_tables(memory, HostPhysical(0));
  guest_ = &make_guest(first_vm());
  if (config_.bad_pages != 0) choose_bad_frames();
  load_registers();
}

Vpid FixedSoftware::first_vm() const {
  return virtualized_ ? kFirstVm : kHost;
}

FixedGuest& FixedSoftware::make_guest(Vpid vpid) {
  const uint64_t size = half(host_space_.left());
  const HostPhysical block = host_space_.take_low(size >> shift(PageSize::k1G));
  return guests_.try_emplace(vpid, vpid, config_, memory_, host_frames_, block, size).first->second;
}

void FixedSoftware::choose_bad_frames() {
  const std::vector<VirtualRange> backed =
      ranges_of_bad_pages(config_.touched, {config_.primary_region, config_.ranges});
  std::vector<HostPhysical> frames;
  for (const GuestVirtual page : choose_pages(backed, config_.bad_pages, config_.seed)) {
    const GuestPhysical place = guest_->locate(page);
    frames.push_back(guest_->host(place));
    if (virtualized_)
      guest_->vmm_filter.insert(place.page());
    else
      guest_->process().filter->insert(page.page());
  }
  bad_frames_ = BadFrames(std::move(frames), spare_frames_);
}

const TranslationContext& FixedSoftware::load_registers() {
  const PagingConfig& paging = config_.paging;
  FixedProcess& process = guest_->process();
  context_.pcid = guest_->pcid();
  context_.vpid = running_[core_];
  context_.virtualized = virtualized_;
  context_.guest.root = process.tables.root();
  context_.guest.levels = paging.guest_levels;
  context_.guest.maxphyaddr = paging.maxphyaddr;
  context_.guest_segment = process.segment;
  context_.guest_filter = process.filter ? &*process.filter : nullptr;
  if (virtualized_) {
    context_.nested.root = guest_->nested().root();
    context_.nested.format = paging.nested_format;
    context_.nested.levels = paging.nested_levels;
    context_.nested.maxphyaddr = paging.maxphyaddr;
    context_.nested.accessed_dirty = paging.ept_accessed_dirty;
    context_.vmm_segment = guest_->vmm_segment;
    context_.vmm_filter = &guest_->vmm_filter;
  }
  known_.refer_to(guest_->mapped(), &guest_->known_tables());
  return context_;
}

const TranslationContext& FixedSoftware::reload_registers() {
  forget_mapped();
  return load_registers();
}

const TranslationContext& FixedSoftware::select(size_t core) {
  if (core == core_) return context_;
  if (core >= running_.size()) running_.resize(core + 1, first_vm());
  core_ = core;
  guest_ = &guests_.at(running_[core]);
  guest_->select(core);
  return load_registers();
}

const TranslationContext& FixedSoftware::switch_process(uint64_t name, Pcid pcid) {
  guest_->run_process(name, pcid);
  return load_registers();
}

const TranslationContext& FixedSoftware::switch_vm(Vpid vpid) {
  if (!virtualized_ && vpid != kHost) throw no_vmm_level("VPID");
  if (virtualized_ && vpid == kHost) throw entry_of_the_host();
  const auto known = guests_.find(vpid);
  guest_ = known == guests_.end() ? &make_guest(vpid) : &known->second;
  guest_->select(core_);
  running_[core_] = vpid;
  return load_registers();
}

const TranslationContext& FixedSoftware::set_nested_root(uint64_t name) {
  if (!virtualized_) throw no_vmm_level("nested root");
  guest_->run_nested(name);
  return load_registers();
}

std::optional<HostPhysical> FixedSoftware::nested_root(uint64_t name) const {
  return guest_->nested_root(name);
}

const TranslationContext& FixedSoftware::set_guest_segment(const GuestSegment& segment) {
  // Natively nothing comes after the segment that could notice.
  if (!virtualized_ && segment.enabled()) {
    const GuestPhysical first = segment.translate(segment.base());
    const GuestPhysical last = segment.translate(segment.limit()) - 1;
    if (!guest_->contains(first) || !guest_->contains(last) || last < first)
      throw InputError("guest segment", "leads to PA " + format_address(first.value()) + " to " +
                                            format_address(last.value()) + ", past memory");
  }
  guest_->process().segment = segment;
  return reload_registers();
}

const TranslationContext& FixedSoftware::set_vmm_segment(const VmmSegment& segment) {
  if (!virtualized_) throw no_vmm_level("VMM segment");
  const VmmSegment whole = guest_->whole_segment();
  if (segment.enabled() && (segment.base() < whole.base() || whole.limit() < segment.limit() ||
                            segment.offset() != whole.offset()))
    throw InputError("VMM segment", "guest memory is [" + format_address(whole.base().value()) +
                                        ", " + format_address(whole.limit().value()) +
                                        "] and lies at OFFSET " + format_address(whole.offset()) +
                                        ": BASE and LIMIT must be in it, and OFFSET must be that");
  guest_->vmm_segment = segment;
  return reload_registers();
}

EscapeFilter& FixedSoftware::guest_filter() {
  auto& filter = guest_->process().filter;
  if (!filter) throw no_guest_filter();
  return *filter;
}

EscapeFilter& FixedSoftware::vmm_filter() {
  if (!virtualized_) throw no_vmm_level("VMM escape filter");
  return guest_->vmm_filter;
}

const TranslationContext& FixedSoftware::insert_guest_escape(uint64_t page) {
  guest_filter().insert(page);
  return reload_registers();
}

const TranslationContext& FixedSoftware::clear_guest_escapes() {
  guest_filter().clear();
  return reload_registers();
}

const TranslationContext& FixedSoftware::insert_vmm_escape(uint64_t page) {
  vmm_filter().insert(page);
  return reload_registers();
}

const TranslationContext& FixedSoftware::clear_vmm_escapes() {
  vmm_filter().clear();
  return reload_registers();
}

void FixedSoftware::forget_mapped() {
  guest_->forget_mapped();
}

void FixedSoftware::serve(GuestVirtual address, Access) {
  if (serve_in_known_tables(address)) return;
  const int levels = config_.paging.guest_levels;
  if (!is_canonical(address, levels))
    throw InputError("address " + format_address(address.value()) + " is not canonical with " +
                     std::to_string(levels) + " levels (paging.guest_levels)");
  const GuestMapping guest = map_guest(address);
  PageSize size = guest.size;
  if (virtualized_) size = smaller(size, map_nested(guest.address));
  known_.pages().add(address, size, true);
  if (size == PageSize::k4K) remember_tables(address, guest.address);
}

/// Few pages are the first of their region: of the others the page tables are there, and only the
/// entries are to be written.
bool FixedSoftware::serve_in_known_tables(GuestVirtual address) {
  const RegionTables* const known = known_.tables_of(address);
  if (known == nullptr) return false;
  const GuestVirtual page = address.align_down(PageSize::k4K);
  const GuestPhysical place = known->place + page.offset(PageSize::k2M);
  if (known->guest != HostPhysical() && guest_->process().tables.map_in(known->guest, page, place))
    ++faults_.guest;
  if (known->nested != HostPhysical() &&
      guest_->nested().map_in(known->nested, place, guest_->host(place)))
    ++faults_.nested;
  return true;
}

/// If all of the 2M region around an address is translated alike, and no frame of it is bad.
void FixedSoftware::remember_tables(GuestVirtual address, GuestPhysical place) {
  const FixedProcess& process = guest_->process();
  constexpr PageSize kRegion = PageSize::k2M;
  if (process.scattered || bad_frames_.widest_page(guest_->host(place), kRegion) != kRegion) return;
  const SegmentCheck guest =
      compare(context_.guest_segment, context_.guest_filter, address, kRegion);
  if (guest.widest != kRegion) return;
  RegionTables known;
  known.place = place - address.offset(kRegion);
  if (!guest.maps()) known.guest = process.tables.page_table(address);
  if (virtualized_) {
    const SegmentCheck vmm = compare(context_.vmm_segment, context_.vmm_filter, place, kRegion);
    if (vmm.widest != kRegion) return;
    if (!vmm.maps()) known.nested = guest_->nested().page_table(place);
  }
  remember_entries_above(address, known);
  known_.tables().add(address, known);
}

void FixedSoftware::remember_entries_above(GuestVirtual address, RegionTables& known) const {
  if (known.guest != HostPhysical()) {
    const GuestTables& tables = guest_->process().tables;
    known.above[0] = tables.page_directory(address) + entry_offset(address.value(), 2);
    const GuestPhysical table = guest_->guest(known.guest);
    const HostPhysical nested = virtualized_ ? guest_->nested().page_table(table) : HostPhysical();
    if (nested != HostPhysical()) known.above[1] = nested + entry_offset(table.value(), 1);
  }
  if (known.nested != HostPhysical())
    known.above[2] =
        guest_->nested().page_directory(known.place) + entry_offset(known.place.value(), 2);
}

FixedSoftware::GuestMapping FixedSoftware::map_guest(GuestVirtual address) {
  const SegmentCheck check =
      compare(context_.guest_segment, context_.guest_filter, address, PageSize::k2M);
  if (check.maps()) return {GuestPhysical(check.sum), check.widest};

  const GuestPhysical place = guest_->locate(address);
  const PageSize size = mapped_size(address, place);
  GuestPhysical page = place.align_down(size);
  if (!virtualized_) page = GuestPhysical(bad_frames_.in_place_of(guest_->host(page)).value());
  if (guest_->process().tables.map(address.align_down(size), page, size)) ++faults_.guest;
  if (virtualized_) map_tables(address);
  return {place, smaller(size, check.widest)};
}

/// Makes translatable what a walk of the address reads in the guest dimension.
void FixedSoftware::map_tables(GuestVirtual address) {
  if (known_.pages().contains_tables(address)) return;
  guest_->process().tables.for_each_table(address,
                                          [this](GuestPhysical table) { map_nested(table); });
  known_.pages().add_tables(address);
}

PageSize FixedSoftware::map_nested(GuestPhysical address) {
  const SegmentCheck check =
      compare(context_.vmm_segment, context_.vmm_filter, address, PageSize::k2M);
  if (check.maps()) return check.widest;
  if (!guest_->contains(address))
    throw InputError("guest segment",
                     "leads to gPA " + format_address(address.value()) + ", past guest memory");
  const HostPhysical host = guest_->host(address);
  const PageSize size = bad_frames_.widest_page(host, config_.paging.pages.nested.value());
  const HostPhysical page = bad_frames_.in_place_of(host.align_down(size));
  if (guest_->nested().map(address.align_down(size), page, size)) ++faults_.nested;
  return smaller(size, check.widest);
}

PageSize FixedSoftware::wanted_size(GuestVirtual address) const {
  return guest_page_size(config_.paging.pages.guest, guest_->process().layout.ranges, address);
}

PageSize FixedSoftware::mapped_size(GuestVirtual address, GuestPhysical place) const {
  const PageSize size = wanted_size(address);
  return virtualized_ ? size : bad_frames_.widest_page(guest_->host(place), size);
}

uint64_t fixed_memory_size(const PagingConfig& paging) {
  return uint64_t{1} << std::min(paging.maxphyaddr, kMaxHostMemoryBits);
}

std::unique_ptr<FixedSoftware> make_fixed_software(const Config& config, const Stream& stream,
                                                   const std::vector<Stream*>& beside,
                                                   PhysicalMemory& memory) {
  return std::make_unique<FixedSoftware>(software_setup(config, stream, beside), memory);
}

}  // namespace nestwalk
