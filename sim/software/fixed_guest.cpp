// SPDX-License-Identifier: Apache-2.0
#include "sim/software/fixed_guest.h"

#include <algorithm>

namespace nestwalk {
namespace {

uint64_t first_chunk(const VirtualRange& range) {
  return range.base.page(PageSize::k1G);
}
uint64_t chunks_in(const VirtualRange& range) {
  return (range.limit - 1).page(PageSize::k1G) - first_chunk(range) + 1;
}

std::optional<EscapeFilter> guest_filter(const SoftwareSetup& config) {
  if (!is_virtualized(config.mode)) return EscapeFilter(config.filter);
  if (config.guest_filter) return EscapeFilter(*config.guest_filter);
  return std::nullopt;
}

std::optional<ScatteredFrames> scattered_frames(const SoftwareSetup& config) {
  if (!config.page_colors) return std::nullopt;
  return ScatteredFrames(*config.page_colors, config.seed);
}

}  // namespace

void expect_tables(PhysicalMemory& memory, HostPhysical area) {
  constexpr uint64_t kFew = bytes(PageSize::k2M);
  memory.expect_dense(area + kFew, bytes(PageSize::k1G) - kFew);
}

FixedGuest::FixedGuest(Vpid vpid, const SoftwareSetup& config, PhysicalMemory& memory,
                       FramePool<HostPhysical>& host_frames, HostPhysical block, uint64_t size)
    : vmm_filter(config.filter),
      vpid_(vpid),
      config_(config),
      memory_(memory),
      host_frames_(host_frames),
      // Natively guest memory is the block itself, without a second dimension's shift.
      base_(is_virtualized(config.mode) ? 0 : block.value()),
      size_(size),
      to_host_(block.value() - base_.value()),
      space_(is_virtualized(config.mode) ? "guest memory" : "memory", base_, size),
      table_frames_(space_, space_.take_low(1)) {
  expect_tables(memory, block);
  if (has_vmm_segment(config.mode)) vmm_segment = whole_segment();
  select(0);
}

void FixedGuest::select(size_t core) {
  const auto [cpu, is_new] = cpus_.try_emplace(core);
  cpu_ = &cpu->second;
  if (!is_new) return;
  run_process(0, Pcid{0});
  run_nested(0);
}

void FixedGuest::run_process(uint64_t name, Pcid pcid) {
  const auto known = processes_.find(name);
  cpu_->process = known == processes_.end() ? &make_process(name) : &known->second;
  cpu_->process_name = name;
  cpu_->pcid = pcid;
  cpu_->process->pcids.insert(pcid);
  refresh_view();
}

bool FixedGuest::has_shared_pcid() const {
  return std::count_if(processes_.begin(), processes_.end(), [this](const auto& one) {
           return one.second.pcids.count(cpu_->pcid) != 0;
         }) > 1;
}

void FixedGuest::run_nested(uint64_t name) {
  cpu_->nested_name = name;
  if (is_virtualized(config_.mode)) cpu_->nested = &nested(name);
  refresh_view();
}

std::optional<HostPhysical> FixedGuest::nested_root(uint64_t name) const {
  const auto known = nested_maps_.find(name);
  return known == nested_maps_.end() ? std::nullopt : std::optional(known->second.root());
}

NestedTables& FixedGuest::nested(uint64_t name) {
  const auto known = nested_maps_.find(name);
  if (known != nested_maps_.end()) return known->second;
  const PagingConfig& paging = config_.paging;
  return nested_maps_
      .try_emplace(name, memory_, host_frames_, TableFormat::nested(paging.nested_format),
                   paging.nested_levels, 0)
      .first->second;
}

void FixedGuest::forget_mapped() {
  for (auto& [names, view] : views_) {
    view.mapped.clear();
    view.tables.clear();
  }
}

void FixedGuest::refresh_view() {
  const std::pair names(cpu_->process_name, cpu_->nested_name);
  cpu_->view = &views_.try_emplace(names, memory_).first->second;
}

GuestPhysical FixedGuest::locate(GuestVirtual address) {
  FixedProcess& process = *cpu_->process;
  GuestPhysical& place = process.chunks[address.page(PageSize::k1G)];
  if (place == GuestPhysical()) place = space_.take_low(1);
  return place +
         (process.scattered ? process.scattered->offset(address) : address.offset(PageSize::k1G));
}

FixedProcess& FixedGuest::make_process(uint64_t name) {
  FixedProcess& process =
      processes_
          .emplace(name, FixedProcess{layout_of(config_, vpid_, name),
                                      {memory_, table_frames_, TableFormat::guest(),
                                       config_.paging.guest_levels, to_host_},
                                      {},
                                      guest_filter(config_),
                                      {},
                                      {},
                                      scattered_frames(config_)})
          .first->second;
  const AddressLayout& layout = process.layout;
  if (layout.primary_region) reserve_contiguous(process, *layout.primary_region);
  for (const VirtualRange& range : layout.ranges) reserve(process, range);
  if (has_guest_segment(config_.mode)) process.segment = primary_segment(process);
  return process;
}

void FixedGuest::reserve_contiguous(FixedProcess& process, const VirtualRange& range) {
  const uint64_t chunks = chunks_in(range);
  const GuestPhysical place = space_.take_low(chunks);
  for (uint64_t i = 0; i < chunks; ++i)
    process.chunks[first_chunk(range) + i] = place + (i << shift(PageSize::k1G));
}

void FixedGuest::reserve(FixedProcess& process, const VirtualRange& range) {
  const uint64_t end = first_chunk(range) + chunks_in(range);
  for (uint64_t chunk = first_chunk(range); chunk < end; ++chunk)
    if (GuestPhysical& place = process.chunks[chunk]; place == GuestPhysical())
      place = space_.take_low(1);
}

GuestSegment FixedGuest::primary_segment(FixedProcess& process) const {
  const VirtualRange& region = process.layout.primary_region.value();
  const GuestPhysical place = process.chunks[first_chunk(region)];
  const uint64_t offset = place.value() - region.base.align_down(PageSize::k1G).value();
  return {region.base, region.limit, offset};
}

}  // namespace nestwalk
