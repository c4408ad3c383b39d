// SPDX-License-Identifier: Apache-2.0
#include "sim/config/words.h"
#include "sim/config/write.h"
#include "sim/report/area.h"
#include "sim/report/run_result.h"
#include "sim/report/software_section.h"
#include "sim/report/timeline_report.h"
#include "sim/version.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const HitStatistics& counts) {
  return {{"hits", counts.hits}, {"misses", counts.misses}};
}

Json served_by(const WalkStatistics& walks) {
  const auto from = [&](MemoryLevel level) { return walks.served_by[static_cast<size_t>(level)]; };
  return {{"l1d", from(MemoryLevel::kL1d)},
          {"l2", from(MemoryLevel::kL2)},
          {"l3", from(MemoryLevel::kL3)},
          {"memory", from(MemoryLevel::kMemory)}};
}

/// Buckets up to the last that is not empty, each with its largest value; the very last has none.
Json to_json(const CycleHistogram& histogram) {
  Json buckets = Json::array();
  Json pending = Json::array();
  for (size_t i = 0; i < histogram.counts().size(); ++i) {
    const uint64_t count = histogram.counts()[i];
    const bool unbounded = i + 1 == histogram.counts().size();
    pending.push_back(
        {{"up_to", unbounded ? Json(nullptr) : Json((uint64_t{1} << i) - 1)}, {"count", count}});
    if (count == 0) continue;
    buckets.insert(buckets.end(), pending.begin(), pending.end());
    pending.clear();
  }
  return buckets;
}

Json by_class(const WalkStatistics& walks) {
  const auto of = [&](SegmentClass c) { return walks.by_class[static_cast<size_t>(c)]; };
  return {{"both", of(SegmentClass::kBoth)},
          {"vmm_only", of(SegmentClass::kVmmOnly)},
          {"guest_only", of(SegmentClass::kGuestOnly)},
          {"neither", of(SegmentClass::kNeither)}};
}

Json by_page_size(const WalkStatistics& walks) {
  Json json = Json::object();
  for (const Word<PageSize>& size : words<PageSize>())
    json[std::string(size.text)] = walks.by_page_size[static_cast<size_t>(size.value)];
  return json;
}

/// Rows down the guest's levels, columns down the nested ones, as a walk goes.
Json references_by_level(const WalkStatistics& walks) {
  Json rows = Json::object();
  for (size_t guest = 6; guest-- > 0;) {
    Json& row = rows[guest == 0 ? "data" : "guest_" + std::to_string(guest)];
    for (size_t nested = 6; nested-- > 0;)
      row[nested == 0 ? "entry" : "nested_" + std::to_string(nested)] =
          walks.references[guest][nested];
  }
  return rows;
}

Json to_json(const WalkStatistics& walks) {
  return {{"count", walks.walks},
          {"cycles", walks.cycles},
          {"memory_references", walks.memory_references},
          {"segment_checks", walks.segment_checks},
          {"by_class", by_class(walks)},
          {"served_by", served_by(walks)},
          {"merged", walks.merged},
          {"ad_updates", walks.ad_updates},
          {"dirty_assists", walks.dirty_assists},
          {"by_page_size", by_page_size(walks)},
          {"references_by_level", references_by_level(walks)},
          {"wait_cycles", to_json(walks.wait)},
          {"service_cycles", to_json(walks.service)}};
}

Json to_json(const FetchCounts& fetch) {
  return {{"references", fetch.references},
          {"instruction_tlb", to_json(fetch.instruction_tlb)},
          {"l2_tlb", to_json(fetch.l2_tlb)},
          {"segments", {{"completed", fetch.completed}}},
          {"walks", {{"count", fetch.walks}, {"cycles", fetch.walk_cycles}}},
          {"stall_cycles", fetch.stall_cycles}};
}

Json to_json(const CoreResult& core) {
  Json json;
  if (!core.stream.empty()) json["stream"] = core.stream;
  json.update({{"references", core.references},
               {"instructions", core.instructions},
               {"cycles", core.cycles},
               {"stall_cycles", core.stall_cycles},
               {"overhead", or_null(overhead_of(core.walk_cycles, core.cycles))},
               {"l1_tlb", to_json(core.l1_tlb)},
               {"l2_tlb", to_json(core.l2_tlb)},
               {"segments", {{"completed", core.segments_completed}}},
               {"walks", {{"count", core.walks}, {"cycles", core.walk_cycles}}}});
  return json;
}

Json by_structure(const StorageBits& area) {
  return {{"l1_tlb", area.l1_tlb},
          {"instruction_tlb", area.instruction_tlb},
          {"l2_tlb", area.l2_tlb},
          {"nested_tlb", area.nested_tlb},
          {"structure_caches", area.structure_caches},
          {"segments", area.segments},
          {"escape_filters", area.escape_filters}};
}

}  // namespace

const std::string& stream_name(const Config& config) {
  return config.trace.empty() ? config.workload : config.trace;
}

std::optional<double> overhead_of(uint64_t walk_cycles, uint64_t cycles) {
  if (cycles <= walk_cycles) return std::nullopt;
  return static_cast<double>(walk_cycles) / static_cast<double>(cycles - walk_cycles);
}

std::optional<double> RunResult::overhead() const {
  return overhead_of(walks.cycles, core_cycles);
}

std::optional<double> RunResult::overhead_without_software() const {
  return overhead_of(walks.cycles, core_cycles - std::min(core_cycles, software_cycles));
}

nlohmann::ordered_json to_json(const RunResult& result) {
  const Config& config = result.config;
  const StorageBits area = area_of(config);
  Json json{
      {"nestwalk", {{"version", kVersion}}},
      {"config", to_json(config)},
      {"mode", to_string(config.mode)},
      {"pages", to_string(config.paging.pages.in(config.mode))},
      {"timing", to_string(config.timing)},
      {"seed", config.seed},
      {"references", result.references},
      {"instructions", result.instructions},
      {"cycles", result.cycles},
      {"stall_cycles", result.stall_cycles},
      {"ideal_cycles", or_null(result.ideal_cycles)},
      {"overhead", or_null(result.overhead())},
      {"l1_tlb", to_json(result.l1_tlb)},
      {"l2_tlb", to_json(result.l2_tlb)},
      {"segments", {{"completed", result.segments_completed}}},
      {"walks", to_json(result.walks)},
      {"escape_filter",
       {{"lookups", result.escape_filter.look_ups},
        {"positives", result.escape_filter.positives},
        {"false_positives", result.escape_filter.false_positives}}},
      {"faults", {{"guest", result.walks.guest_faults}, {"nested", result.walks.nested_faults}}},
      {"core_cycles", result.core_cycles},
      {"nested_tlb", to_json(result.nested_tlb)},
      {"guest_structure_cache", to_json(result.guest_structure_cache)},
      {"nested_structure_cache", to_json(result.nested_structure_cache)},
      {"area", area.total()},
      {"area_by_structure", by_structure(area)}};
  for (const CoreResult& core : result.cores) json["cores"].push_back(to_json(core));
  if (result.fetch) json["fetch"] = to_json(*result.fetch);
  if (result.software)
    json["software"] =
        to_json(*result.software, result.software_cycles, result.overhead_without_software());
  if (!result.timeline.empty())
    json["timeline"] = to_json(result.timeline, result.software ? result.software->ledger.events()
                                                                : std::vector<SoftwareEvent>());
  if (result.host)
    json["host"] = {{"seconds", result.host->seconds},
                    {"references_per_second", result.host->references_per_second},
                    {"interrupted", result.host->interrupted}};
  return json;
}

}  // namespace nestwalk
