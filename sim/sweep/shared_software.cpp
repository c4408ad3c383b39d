// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/shared_software.h"

#include <tuple>

#include "sim/io/input_error.h"
#include "sim/software/fixed_software.h"
#include "sim/software/managed_software.h"

namespace nestwalk {

// The members of what is compared. One that is added there makes its binding here fail to compile,
// so that none is forgotten.

static auto members(const VirtualRange& range) {
  const auto& [base, limit] = range;
  return std::tie(base, limit);
}

static auto members(const AddressLayout& layout) {
  const auto& [region, ranges] = layout;
  return std::tie(region, ranges);
}

static auto members(const FilterConfig& config) {
  const auto& [bits, hashes, partitioned, seed] = config;
  return std::tie(bits, hashes, partitioned, seed);
}

static auto members(const Pages& pages) {
  const auto& [guest, nested] = pages;
  return std::tie(guest, nested);
}

static auto members(const PagingConfig& config) {
  const auto& [pages, guest_levels, nested_levels, format, maxphyaddr, accessed_dirty] = config;
  return std::tie(pages, guest_levels, nested_levels, format, maxphyaddr, accessed_dirty);
}

static auto members(const SoftwareSetup& config) {
  const auto& [mode, paging, filter, guest_filter, region, ranges, beside, beside_as, bad_pages,
               touched, colors, seed] = config;
  return std::tie(mode, paging, filter, guest_filter, region, beside, beside_as, bad_pages, colors,
                  seed, ranges, touched);
}

static auto members(const FragmentationConfig& config) {
  const auto& [used, mean_run, immovable] = config;
  return std::tie(used, mean_run, immovable);
}

static auto members(const ManagedSoftwareConfig& config) {
  const auto& [host_memory, guest_memory, host, guest, io_gap, guest_segments, vmm_segments,
               interval, compaction, compaction_slice, ballooning, balloon_slice, collapse_slice,
               collapse_at, migration_slice, migration_few, migration_rounds, duplicates, limits,
               most_escapes, costs, schedule] = config;
  return std::tie(host_memory, guest_memory, host, guest, io_gap, guest_segments, vmm_segments,
                  interval, compaction, compaction_slice, ballooning, balloon_slice, collapse_slice,
                  collapse_at, migration_slice, migration_few, migration_rounds, duplicates, limits,
                  most_escapes, costs, schedule);
}

static auto members(const SoftwareInputs& inputs) {
  const auto& [common, managed, memory] = inputs;
  return std::tie(common, managed, memory);
}

// Static rather than in a namespace without a name, where std::tuple's comparisons would not find
// them.
template <typename T>
static auto operator==(const T& a, const T& b) -> decltype(members(a) == members(b)) {
  return members(a) == members(b);
}
template <typename T>
static auto operator<(const T& a, const T& b) -> decltype(members(a) < members(b)) {
  return members(a) < members(b);
}
bool operator==(const SoftwareInputs& a, const SoftwareInputs& b) {
  return members(a) == members(b);
}
bool operator<(const SoftwareInputs& a, const SoftwareInputs& b) {
  return members(a) < members(b);
}

std::optional<SoftwareInputs> SharedSoftware::inputs(const Config& config, const Stream& stream) {
  if (!config.beside.empty()) return std::nullopt;
  try {
    const SoftwareSetup common = software_setup(config, stream);
    if (config.software.model == SoftwareModel::kManaged)
      return SoftwareInputs{common, config.software.managed, managed_memory_size(config)};
    return SoftwareInputs{common, std::nullopt, fixed_memory_size(config.paging)};
  } catch (const InputError&) {
    return std::nullopt;
  }
}

SharedSoftware::SharedSoftware(const Config& config, const Stream& stream)
    : inputs_(inputs(config, stream)),
      side_(std::make_shared<SoftwareSide>(make_software_side(config, stream))) {}

std::shared_ptr<SoftwareSide> SharedSoftware::lend(const Config& config,
                                                   const Stream& stream) const {
  return inputs_ && inputs(config, stream) == inputs_ ? side_ : nullptr;
}

}  // namespace nestwalk
