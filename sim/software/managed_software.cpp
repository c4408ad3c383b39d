// SPDX-License-Identifier: Apache-2.0
#include "sim/software/managed_software.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "model/random/split_mix.h"
#include "model/random/unit_fraction.h"
#include "model/walker/plain_walk.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/software/bad_frames.h"
#include "sim/software/refused_writes.h"
#include "sim/software/software_setup.h"
#include "sim/software/vmm/page_sharing.h"

namespace nestwalk {
namespace {

constexpr size_t kHosts = 2;
constexpr uint64_t kWriteBit = 2;  ///< Of a #PF error code, an EXITINFO1, an EPT qualification.
constexpr size_t kMostSinglePages = 32;  ///< More are invalidated with all of the VM.

uint64_t pages(uint64_t bytes) {
  return bytes >> shift(PageSize::k4K);
}

VirtualMachineConfig vm_config(const ManagedSoftwareSetup& setup) {
  const PagingConfig& paging = setup.paging;
  VirtualMachineConfig vm;
  vm.nested.format = paging.nested_format;
  vm.nested.levels = paging.nested_levels;
  vm.nested.maxphyaddr = paging.maxphyaddr;
  vm.nested.accessed_dirty = paging.ept_accessed_dirty;
  vm.page = paging.pages.nested.value();
  vm.frames = pages(setup.managed.guest_memory);
  // Self-ballooning and the I/O gap add at most what there was, and the gap itself.
  vm.most_frames = std::min(2 * vm.frames + pages(bytes(PageSize::k1G)),
                            pages(uint64_t{1} << paging.maxphyaddr));
  vm.io_gap = setup.managed.io_gap;
  vm.filter = setup.filter;
  vm.most_escapes = setup.managed.most_escapes;
  vm.most_retired = std::max(setup.managed.most_escapes, setup.bad_pages);
  vm.limits = setup.managed.limits;
  return vm;
}

GuestProcessConfig process_config(const ManagedSoftwareSetup& setup) {
  GuestProcessConfig process;
  process.paging.levels = setup.paging.guest_levels;
  process.paging.maxphyaddr = setup.paging.maxphyaddr;
  process.pages = setup.paging.pages.guest;
  process.areas = setup.ranges;
  process.region = setup.primary_region;
  process.filter = setup.guest_filter;
  process.most_escapes = setup.managed.most_escapes;
  process.swapping = setup.managed.limits[static_cast<size_t>(LimitedOperation::kGuestSwapping)];
  process.collapse_at = setup.managed.collapse_at;
  return process;
}

ModePolicyConfig policy_config(const ManagedSoftwareSetup& setup) {
  const ManagedSoftwareConfig& managed = setup.managed;
  return {setup.mode,           managed.guest_direct_segments, managed.vmm_direct_segments,
          managed.compaction,   managed.self_ballooning,       managed.compaction_slice,
          managed.balloon_slice};
}

InputError segments_are_owned() {
  return InputError("segment registers",
                    "the stream writes them, but software.model managed sets them itself: take "
                    "the writes out of the stream, or use software.model fixed");
}

}  // namespace

ManagedSoftware::ManagedSoftware(const ManagedSoftwareSetup& setup, PhysicalMemory& memory)
    : setup_(setup),
      memory_(memory),
      contents_(memory),
      ledger_(setup.managed.costs),
      hosts_(kHosts),
      schedule_(parse_schedule(setup.managed.schedule)) {
  for (const ScheduledRequest& one : schedule_)
    watches_stores_ |= one.request == Request::kShare || one.request == Request::kMigrate;
  vm_ = &make_vm(vpid_);
  choose_bad_pages();
  load_registers();
  publish();
  next_work_ = setup_.managed.interval;
}

ManagedSoftware::~ManagedSoftware() = default;

HostMemory& ManagedSoftware::host(size_t number) {
  auto& host = hosts_[number];
  if (!host) {
    const uint64_t frames = pages(setup_.managed.host_memory);
    host.emplace(FrameRun{number * frames, frames}, setup_.managed.host_fragmentation,
                 split_mix(setup_.seed, number), contents_);
  }
  return *host;
}

ManagedVm& ManagedSoftware::make_vm(Vpid vpid) {
  const auto number = static_cast<uint64_t>(vpid);
  auto& made = vms_[vpid];
  made = std::make_unique<ManagedVm>(
      vpid, vm_config(setup_), process_config(setup_), setup_.managed.guest_fragmentation,
      split_mix(setup_.seed, kHosts + number), policy_config(setup_), host(0), ledger_,
      [this](Vpid other) -> VirtualMachine& { return vm(other).vm(); });
  return *made;
}

// ---- Faults ------------------------------------------------------------------------------------

void ManagedSoftware::serve(GuestVirtual address, Access access) {
  while (true) {
    const PageWalk walk = walk_plain(context_, address, access,
                                     [this](HostPhysical entry) { return memory_.read(entry); });
    if (walk.fault()) {
      resolve(walk.fault(), address);
      publish();
      continue;
    }
    // As much as will be known to be mapped, so that none of it is missed.
    const PageSize size = smaller(walk.translation().size, PageSize::k2M);
    if (spoil_frames_of(address.align_down(size), size)) {
      publish();
      continue;
    }
    // Where A and D are set by rights that may be missing, only what was tried is known.
    const bool certain =
        context_.nested.format == NestedFormat::kNpt || context_.nested.accessed_dirty;
    const Translation& translation = walk.translation();
    const bool writable = access.kind == AccessKind::kWrite ||
                          (certain && translation.allowed.allows({AccessKind::kWrite, true}));
    known_.pages().add(address, translation.size, writable);
    return;
  }
}

void ManagedSoftware::resolve(const Fault& fault, GuestVirtual address) {
  switch (fault.kind) {
    case FaultKind::kNotCanonical:
    case FaultKind::kGuestPage:
      vm_->process().serve(address);
      ++faults_.guest;
      return;
    case FaultKind::kNestedPage:
    case FaultKind::kEptViolation:
      vm_->vm().serve(fault.physical_address, (fault.code & kWriteBit) != 0, vm_->nested_map());
      ++faults_.nested;
      return;
    default:
      throw std::logic_error("the VMM has written a malformed nested entry");
  }
}

// ---- Bad pages ---------------------------------------------------------------------------------

void ManagedSoftware::choose_bad_pages() {
  if (setup_.bad_pages == 0) return;
  const std::vector<VirtualRange> backed =
      ranges_of_bad_pages(setup_.touched, {setup_.primary_region, setup_.ranges});
  for (const GuestVirtual page : choose_pages(backed, setup_.bad_pages, setup_.seed))
    bad_pages_.insert(page);
  spoil_segment_frames();
}

/// The frames that back the chosen ones of a page's 4K pages turn out bad, if that is not done yet;
/// returns whether any did.
bool ManagedSoftware::spoil_frames_of(GuestVirtual page, PageSize size) {
  if (vpid_ != Vpid{1} || running_process_[vpid_] != 0) return false;
  bool any = false;
  auto chosen = bad_pages_.lower_bound(page);
  while (chosen != bad_pages_.end() && *chosen - page < bytes(size)) {
    if (const auto frame = vm_->process().frame_of(*chosen)) {
      vm_->vm().replace_bad_frame(*frame);
      chosen = bad_pages_.erase(chosen);
      any = true;
    } else {
      ++chosen;
    }
  }
  return any;
}

/// Pages that a guest segment maps are never served: theirs are done when it is switched on.
void ManagedSoftware::spoil_segment_frames() {
  const std::vector<GuestVirtual> pages(bad_pages_.begin(), bad_pages_.end());
  for (const GuestVirtual page : pages)
    if (vm_->process().in_segment(page)) spoil_frames_of(page, PageSize::k4K);
}

// ---- Between two references --------------------------------------------------------------------

uint64_t ManagedSoftware::next_action() const {
  const uint64_t request =
      next_request_ < schedule_.size() ? schedule_[next_request_].reference : kNever;
  const bool busy = vm_->has_work() || setup_.managed.collapse_slice != 0;
  return std::min(request, busy ? std::max(next_work_, references_ + 1) : kNever);
}

void ManagedSoftware::act(uint64_t references) {
  references_ = references;
  ledger_.set_reference(references);
  for (; next_request_ < schedule_.size() && schedule_[next_request_].reference <= references;
       ++next_request_)
    perform(schedule_[next_request_]);
  if (references >= next_work_) {
    vm_->work();
    if (setup_.managed.collapse_slice != 0) vm_->process().collapse(setup_.managed.collapse_slice);
    next_work_ = references + setup_.managed.interval;
  }
  spoil_segment_frames();
  publish();
}

void ManagedSoftware::perform(const ScheduledRequest& request) {
  const uint64_t size = request.pages << shift(PageSize::k4K);
  switch (request.request) {
    case Request::kBalloon:
      vm_->balloon(request.pages);
      return;
    case Request::kDeflate:
      vm_->deflate(request.pages);
      return;
    case Request::kShare: {
      std::vector<VirtualMachine*> together;
      for (auto& [vpid, one] : vms_)
        if (&one->vm().host() == &vm_->vm().host()) together.push_back(&one->vm());
      const uint64_t shared = share_pages(together, ledger_);
      for (auto& [vpid, one] : vms_) one->note_mode();
      ledger_.note("page sharing: " + std::to_string(shared) + " pages share frames");
      return;
    }
    case Request::kVmmSwap:
      vm_->swap_out(request.pages);
      return;
    case Request::kGuestSwap:
      vm_->guest_swap_out(request.pages);
      return;
    case Request::kMigrate:
      migrate();
      return;
    case Request::kGrow:
      vm_->grow_region(size);
      return;
    case Request::kShrink:
      vm_->shrink_region(size);
      return;
  }
}

void ManagedSoftware::migrate() {
  const size_t here = &vm_->vm().host() == &*hosts_[0] ? 0 : 1;
  const ManagedSoftwareConfig& managed = setup_.managed;
  vm_->begin_migration(host(1 - here), {managed.migration_few, managed.migration_rounds},
                       managed.migration_slice);
}

/// Contents, if anybody looks at them: of a duplicate page always the same, else of each store
/// others.
void ManagedSoftware::stored(GuestVirtual address, HostPhysical place) {
  const uint64_t page = split_mix(setup_.seed, address.page());
  const bool duplicate = unit_fraction(page) < setup_.managed.duplicates;
  if (duplicate)
    contents_.write(place.align_down(PageSize::k4K), 1);
  else
    contents_.write(HostPhysical(place.value() & ~uint64_t{7}), split_mix(++stores_, 0));
}

// ---- What the MMUs are told --------------------------------------------------------------------

void ManagedSoftware::publish() {
  for (auto& [vpid, vm] : vms_) publish(*vm);
  refresh_mapped();
}

void ManagedSoftware::publish(ManagedVm& managed) {
  VirtualMachine& vm = managed.vm();
  const HostPhysical root_before = context_.nested.root;
  managed.for_each_process(
      [&](uint64_t name, GuestProcess& process) { publish_process(managed, name, process); });
  const VirtualMachine::Changes changes = vm.take_changes();
  if (changes.mappings) mapped_pages_[vm.vpid()].clear();
  const bool running = &managed == vm_;
  if (running) load_registers();
  if (port_ == nullptr) return;
  publish_level(running, changes.segment, changes.filter, vm.vpid(), &MmuPort::write_vmm_segment,
                &MmuPort::write_vmm_filter);
  if (!changes.tables) return;
  if (running && context_.nested.root != root_before) port_->write_nested_root(context_);
  vm.for_each_map([&](const ManagedNestedTables& tables) {
    port_->invalidate_nested(tables.root());
    ledger_.charge(Operation::kShootdown);
  });
}

void ManagedSoftware::publish_process(ManagedVm& managed, uint64_t name, GuestProcess& process) {
  const GuestProcess::Changes changes = process.take_changes();
  const Vpid vpid = managed.vm().vpid();
  if (changes.mappings)
    for (auto& [names, mapped] : mapped_pages_[vpid])
      if (names.first == name) mapped.clear();
  const bool vm_runs = &managed == vm_;
  const bool running = vm_runs && &managed.process() == &process;
  if (running) load_registers();
  if (port_ == nullptr) return;
  publish_level(running, changes.segment, changes.filter, vpid, &MmuPort::write_guest_segment,
                &MmuPort::write_guest_filter);
  // The writes drop what the PCID in use has.
  const size_t pcids = process.pcids().size();
  if (running && (changes.segment || changes.filter) && pcids > 1) port_->invalidate_vm(vpid);
  if (changes.pages.empty()) return;
  ledger_.charge(Operation::kShootdown);
  if (!vm_runs || changes.pages.size() * pcids > kMostSinglePages)
    return port_->invalidate_vm(vpid);
  for (const Pcid pcid : process.pcids())
    for (const GuestVirtual page : changes.pages) port_->invalidate_page(page, pcid);
}

void ManagedSoftware::publish_level(bool running, bool segment, bool filter, Vpid vpid,
                                    void (MmuPort::*write_segment)(const TranslationContext&),
                                    void (MmuPort::*write_filter)(const TranslationContext&)) {
  if (!segment && !filter) return;
  ledger_.charge(Operation::kRegisterWrite, (segment ? 1 : 0) + (filter ? 1 : 0));
  if (!running) return port_->invalidate_vm(vpid);
  if (segment) (port_->*write_segment)(context_);
  if (filter) (port_->*write_filter)(context_);
}

const TranslationContext& ManagedSoftware::load_registers() {
  const PagingConfig& paging = setup_.paging;
  const GuestProcess& process = vm_->process();
  context_.pcid = process.pcid();
  context_.vpid = vpid_;
  context_.virtualized = true;
  context_.guest.root = vm_->process().tables().root();
  context_.guest.levels = paging.guest_levels;
  context_.guest.maxphyaddr = paging.maxphyaddr;
  context_.guest_segment = process.segment();
  context_.guest_filter = process.filter();
  context_.nested = vm_->vm().config().nested;
  context_.nested.root = vm_->vm().map(vm_->nested_map()).root();
  context_.vmm_segment = vm_->vm().segment();
  context_.vmm_filter = &vm_->vm().filter();
  refresh_mapped();
  return context_;
}

void ManagedSoftware::refresh_mapped() {
  known_.refer_to(mapped_pages_[vpid_][{running_process_[vpid_], vm_->nested_map()}]);
}

// ---- Events of the stream ----------------------------------------------------------------------

const TranslationContext& ManagedSoftware::switch_process(uint64_t name, Pcid pcid) {
  vm_->run_process(name, pcid);
  running_process_[vpid_] = name;
  vm_->process().take_changes();  // whatever it is, no TLB knows of it
  publish();
  return load_registers();
}

const TranslationContext& ManagedSoftware::switch_vm(Vpid vpid) {
  if (vpid == Vpid{0}) throw entry_of_the_host();
  ManagedVm& next = vms_.count(vpid) == 0 ? make_vm(vpid) : vm(vpid);
  publish();
  vpid_ = vpid;
  vm_ = &next;
  return load_registers();
}

const TranslationContext& ManagedSoftware::set_nested_root(uint64_t name) {
  vm_->run_nested_map(name);
  return load_registers();
}

std::optional<HostPhysical> ManagedSoftware::nested_root(uint64_t name) const {
  return vm_->vm().map_root(name);
}

const TranslationContext& ManagedSoftware::set_guest_segment(const GuestSegment&) {
  throw segments_are_owned();
}
const TranslationContext& ManagedSoftware::set_vmm_segment(const VmmSegment&) {
  throw segments_are_owned();
}

const TranslationContext& ManagedSoftware::insert_guest_escape(uint64_t page) {
  if (!vm_->process().insert_escape(page)) throw no_guest_filter();
  publish();
  return load_registers();
}

const TranslationContext& ManagedSoftware::clear_guest_escapes() {
  if (!vm_->process().clear_escapes()) throw no_guest_filter();
  publish();
  return load_registers();
}

const TranslationContext& ManagedSoftware::insert_vmm_escape(uint64_t page) {
  vm_->vm().request_escape(page);
  publish();
  return load_registers();
}

const TranslationContext& ManagedSoftware::clear_vmm_escapes() {
  vm_->vm().clear_requests();
  publish();
  return load_registers();
}

std::optional<SoftwareReport> ManagedSoftware::report() const {
  SoftwareReport report;
  report.ledger = ledger_;
  for (const auto& [vpid, vm] : vms_)
    report.migrations.insert(report.migrations.end(), vm->migrations().begin(),
                             vm->migrations().end());
  report.requests_left = schedule_.size() - next_request_;
  report.host_free = free_runs(vm_->vm().host().memory());
  report.guest_free = free_runs(vm_->memory().memory());
  return report;
}

// ---- Setting up --------------------------------------------------------------------------------

uint64_t managed_memory_size(const Config& config) {
  return kHosts * config.software.managed.host_memory;
}

std::unique_ptr<ManagedSoftware> make_managed_software(const Config& config, const Stream& stream,
                                                       PhysicalMemory& memory) {
  const ManagedSoftwareSetup setup{software_setup(config, stream), config.software.managed};
  return std::make_unique<ManagedSoftware>(setup, memory);
}

}  // namespace nestwalk
