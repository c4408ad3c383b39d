// SPDX-License-Identifier: Apache-2.0
#include "sim/config/consistency.h"

#include <fmt/format.h>

#include "model/array/set_associative.h"
#include "model/cache/cache.h"
#include "model/filter/h3.h"
#include "rtl/cosimulation/rtl_build.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"

namespace nestwalk {
namespace {

constexpr uint32_t kMostHashBits = 1 << H3::kMaxOutputBits;

bool power_of_two(uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

/// Keeps the first broken rule.
class Checker {
 public:
  std::optional<Inconsistency> result() const { return broken_; }

  void require(bool holds, const std::string& key, const std::string& other,
               const std::string& what) {
    if (!holds && !broken_) broken_ = {key, other, what};
  }

  void check_replacement(const std::string& key, uint32_t ways, const std::string& ways_key,
                         Replacement replacement) {
    require(
        replacement != Replacement::kTreePlru || (power_of_two(ways) && ways <= kMaxTreePlruWays),
        key, ways_key,
        fmt::format("tree-plru needs a power of two of at most {} ways, not {} ({})",
                    kMaxTreePlruWays, ways, ways_key));
  }

  void check_array(const std::string& entries_key, const std::string& ways_key, uint32_t entries,
                   uint32_t ways) {
    require(entries % ways == 0, ways_key, entries_key,
            fmt::format("must divide {} ({}), which {} does not", entries_key, entries, ways));
    require(entries / ways <= kMaxSets, ways_key, entries_key,
            fmt::format("{} entries in {} ways are more than {} sets; take more ways", entries,
                        ways, kMaxSets));
  }

  void check_tlb(const std::string& table, const TlbGeometry& geometry,
                 const std::string& replacement_key, Replacement replacement) {
    if (geometry.entries == 0) return;
    check_array(table + ".entries", table + ".ways", geometry.entries, geometry.ways);
    check_replacement(replacement_key, geometry.ways, table + ".ways", replacement);
  }

  void check_l1(const std::string& table, const L1TlbConfig& l1) {
    check_tlb(table + ".pages_4k", l1.pages_4k, table + ".replacement", l1.replacement);
    check_tlb(table + ".pages_2m", l1.pages_2m, table + ".replacement", l1.replacement);
    check_tlb(table + ".pages_1g", l1.pages_1g, table + ".replacement", l1.replacement);
  }

  void check_structure_cache(const std::string& table, const StructureCacheConfig& cache) {
    if (!cache.enabled) return;
    const std::string replacement = table + ".replacement";
    const auto check_full = [&](const std::string& leaf, uint32_t entries) {
      if (entries != 0) check_replacement(replacement, entries, table + leaf, cache.replacement);
    };
    check_full(".pml5e_entries", cache.pml5e_entries);
    check_full(".pml4e_entries", cache.pml4e_entries);
    check_full(".pdpte_entries", cache.pdpte_entries);
    if (cache.pde_entries == 0) return;
    check_array(table + ".pde_entries", table + ".pde_ways", cache.pde_entries, cache.pde_ways);
    check_replacement(replacement, cache.pde_ways, table + ".pde_ways", cache.replacement);
  }

  void check_filter(const std::string& table, const FilterConfig& filter) {
    const uint32_t parts = filter.partitioned ? filter.hashes : 1;
    require(
        filter.bits % parts == 0 && power_of_two(filter.bits / parts) &&
            filter.bits / parts <= kMostHashBits,
        table + ".bits", table + ".hashes",
        fmt::format("must be {}a power of two up to {}, not {}",
                    parts == 1 ? "" : fmt::format("{} partitions ({}.hashes) of ", parts, table),
                    kMostHashBits, filter.bits));
  }

  void check_frames(const Config& config) {
    const SoftwareConfig& software = config.software;
    require(power_of_two(software.page_colors), "software.page_colors", "",
            fmt::format("must be a power of two, not {}", software.page_colors));
    if (!software.scattered_frames) return;
    require(config.paging.pages.guest == GuestPages::k4K, "software.scattered_frames", "pages",
            "needs guest pages of 4K: a larger page is one piece");
    require(!has_guest_segment(config.mode), "software.scattered_frames", "mode",
            "a guest segment needs its frames side by side");
  }

  void check_cache(const std::string& table, const CacheConfig& cache) {
    if (!cache.enabled) return;
    const uint64_t step = cache.ways * kLineBytes;
    require(cache.size != 0 && cache.size % step == 0, table + ".size", table + ".ways",
            fmt::format("must be a multiple of ways x {} = {} bytes, not {}", kLineBytes, step,
                        format_size(cache.size)));
    require(cache.size / step <= kMaxSets, table + ".ways", table + ".size",
            fmt::format("{} in {} ways are more than {} sets; take more ways",
                        format_size(cache.size), cache.ways, kMaxSets));
    check_replacement(table + ".replacement", cache.ways, table + ".ways", cache.replacement);
  }

  /// A level's own share is the difference to the level above that is on.
  void check_latency_order(const Config& config) {
    const LatencyTable& latency = config.mmu.latency;
    Cycles above = 0;
    std::string above_key;
    const auto next = [&](bool on, const std::string& key, Cycles cycles) {
      if (!on) return;
      require(cycles >= above, key, above_key,
              fmt::format("is load-to-use from the core, so at least {} ({}), not {}", above,
                          above_key, cycles));
      above = cycles;
      above_key = key;
    };
    next(config.memory.l1d.enabled, "latency.l1d", latency.l1d);
    next(config.memory.l2.enabled, "latency.l2", latency.l2);
    next(config.memory.l3.enabled, "latency.l3", latency.l3);
    next(true, "latency.memory", latency.memory);
  }

  void check_run(const Config& config) {
    try {
      config.paging.pages.in(config.mode);
    } catch (const InputError& error) {
      require(false, "pages", "mode", error.what());
    }
    require(config.trace.empty() || config.workload.empty(), "workload", "trace",
            "a run has a trace or a workload, not both");
    require(config.beside.size() < kMostCores, "beside", "core.count",
            fmt::format("must be at most {} further streams: each has a core", kMostCores - 1));
    require(
        config.beside.empty() || config.core.count == 1 + config.beside.size(), "core.count",
        "beside",
        fmt::format("must be {}, a core for each stream; leave it out", 1 + config.beside.size()));
    require(config.core.outstanding == 1 || config.timing == Timing::kApproximate,
            "core.outstanding", "timing",
            "more than 1 needs timing at: lt has one reference in flight");
    require(config.software.managed.schedule.empty() ||
                config.software.model == SoftwareModel::kManaged,
            "software.schedule", "software.model",
            "needs software.model = \"managed\": there is nobody else to ask");
    if (config.segment_unit == SegmentUnit::kRtl) check_rtl(config);
    if (config.software.model == SoftwareModel::kManaged) check_managed(config);
  }

  void check_managed(const Config& config) {
    const ManagedSoftwareConfig& managed = config.software.managed;
    const auto limit = [&](LimitedOperation operation) {
      return managed.limits[static_cast<size_t>(operation)];
    };
    require(config.beside.empty(), "beside", "software.model",
            "needs software.model = \"fixed\": managed runs the same on all cores");
    require(is_virtualized(config.mode), "software.model", "mode",
            "managed is a guest OS and a VMM: it needs a virtualized mode");
    require(config.timing == Timing::kLoose || config.core.count == 1, "core.count",
            "software.model",
            "in timing at the managed software side runs one core; use timing lt for more");
    require(2 * managed.host_memory <= uint64_t{1} << config.paging.maxphyaddr,
            "software.host.memory", "paging.maxphyaddr",
            fmt::format("two hosts must fit into 2^{} bytes (paging.maxphyaddr)",
                        config.paging.maxphyaddr));
    require(managed.guest_memory <= managed.host_memory, "software.guest.memory",
            "software.host.memory",
            fmt::format("a VM of {} is larger than its host, {}", format_size(managed.guest_memory),
                        format_size(managed.host_memory)));
    for (const auto& [key, bytes] : {std::pair{"software.guest.memory", managed.guest_memory},
                                     std::pair{"software.host.memory", managed.host_memory}})
      require(bytes % (2 << 20) == 0, key, "", "must be a multiple of 2MiB");
    require(!config.software.scattered_frames, "software.scattered_frames", "software.model",
            "needs software.model = \"fixed\": managed hands frames out by its allocator; fragment "
            "its memory by software.guest.used");
    require(managed.collapse_slice == 0 || config.paging.pages.guest == GuestPages::kThp,
            "software.collapse.slice", "pages",
            "makes transparent huge pages: it needs THP for the guest");
    require(limit(LimitedOperation::kLiveMigration) != LimitAction::kEscape,
            "software.limits.live_migration", "",
            "all pages of a VM are too many to escape: use refuse or leave");
    require(limit(LimitedOperation::kGuestSwapping) != LimitAction::kEscape ||
                config.mmu.guest_filter_enabled,
            "software.limits.guest_swapping", "guest_filter.enabled",
            "escape needs a filter on the guest segment: set guest_filter.enabled = true");
  }

  void check_rtl(const Config& config) {
    require(rtl_is_built(), "segment_unit", "",
            "rtl is not part of this build, which was made without Verilator; use model");
    require(config.mmu.segment_entry == PageSize::k4K, "l1_tlb.segment_entry", "segment_unit",
            "must be 4K: the RTL completes a miss for its 4K page alone; use segment_unit model");
    check_rtl_filter("filter", config.mmu.filter);
    if (config.mmu.guest_filter_enabled) check_rtl_filter("guest_filter", config.mmu.guest_filter);
  }

  void check_rtl_filter(const std::string& table, const FilterConfig& filter) {
    const FilterConfig rtl = rtl_filter();
    const auto check = [&](const char* leaf, const auto& built, const auto& asked) {
      require(asked == built, table + leaf, "segment_unit",
              fmt::format("must be {}, which the RTL of this build has; use segment_unit model",
                          built));
    };
    check(".bits", rtl.bits, filter.bits);
    check(".hashes", rtl.hashes, filter.hashes);
    check(".partitioned", rtl.partitioned, filter.partitioned);
    check(".seed", rtl.seed, filter.seed);
  }

 private:
  std::optional<Inconsistency> broken_;
};

}  // namespace

std::optional<Inconsistency> find_inconsistency(const Config& config) {
  const MmuConfig& mmu = config.mmu;
  Checker checker;
  checker.check_run(config);
  checker.check_l1("l1_tlb", mmu.l1_tlb);
  checker.check_l1("instruction_tlb", mmu.instruction_tlb);
  checker.check_tlb("l2_tlb", {mmu.l2_tlb.entries, mmu.l2_tlb.ways}, "l2_tlb.replacement",
                    mmu.l2_tlb.replacement);
  if (mmu.nested_tlb.kind == NestedTlbKind::kDedicated)
    checker.check_tlb("nested_tlb", {mmu.nested_tlb.entries, mmu.nested_tlb.ways},
                      "nested_tlb.replacement", mmu.nested_tlb.replacement);
  checker.check_structure_cache("guest_structure_cache", mmu.guest_structure_cache);
  checker.check_structure_cache("nested_structure_cache", mmu.nested_structure_cache);
  checker.check_filter("filter", mmu.filter);
  if (mmu.guest_filter_enabled) checker.check_filter("guest_filter", mmu.guest_filter);
  checker.check_cache("memory.l1d", config.memory.l1d);
  checker.check_cache("memory.l2", config.memory.l2);
  checker.check_cache("memory.l3", config.memory.l3);
  checker.check_latency_order(config);
  checker.check_frames(config);
  return checker.result();
}

}  // namespace nestwalk
