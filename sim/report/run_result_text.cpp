// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "sim/config/words.h"
#include "sim/report/area.h"
#include "sim/report/number_text.h"
#include "sim/report/run_result.h"
#include "sim/report/software_section.h"
#include "sim/report/timeline_report.h"

namespace nestwalk {
namespace {

double real(uint64_t value) {
  return static_cast<double>(value);
}

/// Lines of a name, a number, and what the number means.
class Lines {
 public:
  void title(const std::string& text) { text_ += text + "\n\n"; }
  void gap() { text_ += '\n'; }

  void add(const std::string& name, const std::string& value, const std::string& remark = {}) {
    std::string line = fmt::format("{:<31}{:>15}   {}", name, value, remark);
    line.erase(line.find_last_not_of(' ') + 1);
    text_ += line + "\n";
  }

  void add(const std::string& name, uint64_t value, const std::string& remark = {}) {
    add(name, with_commas(value), remark);
  }

  void add_lookups(const std::string& name, const HitStatistics& counts) {
    const uint64_t all = counts.hits + counts.misses;
    if (all == 0) return;
    add(name + " look-ups", all);
    add("  misses", counts.misses, percent(real(counts.misses), real(all)) + " of them");
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_time(Lines& lines, const RunResult& result) {
  lines.add("references", result.references, "data references, after the warm-up");
  lines.add("instructions", result.instructions);
  const bool has_cores = result.core_cycles != result.cycles;
  const std::string a_reference =
      ratio(real(result.core_cycles), real(result.references)) + " a reference";
  lines.add("cycles", result.cycles, has_cores ? "of the slowest core" : a_reference);
  if (has_cores) lines.add("  of all cores", result.core_cycles, "together, " + a_reference);
  // Stalls that overlap are no share of the time.
  lines.add("  stalled on translation", result.stall_cycles,
            overlaps(result.config)
                ? "of all references together; they overlap"
                : percent(real(result.stall_cycles), real(result.core_cycles)) + " of all cycles");
  if (result.ideal_cycles)
    lines.add("  with translation free", *result.ideal_cycles,
              has_cores ? "ideal cycles, of the slowest core" : "ideal cycles");
  if (const auto overhead = result.overhead())
    lines.add("overhead", percent(*overhead, 1),
              std::string("walk cycles") + (result.fetch ? " of data references" : "") +
                  " / all other cycles" + (overlaps(result.config) ? "; they overlap" : ""));
  const auto without = result.overhead_without_software();
  if (result.software && result.software_cycles != 0 && without)
    lines.add("  without software", percent(*without, 1),
              "walk cycles / what is neither walks nor guest OS and VMM");
  lines.gap();
}

std::string streams_text(const Config& config) {
  return config.beside.empty()
             ? stream_name(config)
             : fmt::format("{} beside {}", stream_name(config), fmt::join(config.beside, ", "));
}

/// A line a core.
std::string cores_text(const std::vector<CoreResult>& cores) {
  std::string text = fmt::format("Cores\n\n{:>4}{:>15}{:>15}{:>17}{:>15}{:>11}   {}\n", "",
                                 "references", "cycles", "of a reference", "walks", "overhead",
                                 cores.front().stream.empty() ? "" : "stream");
  for (size_t i = 0; i < cores.size(); ++i) {
    const CoreResult& core = cores[i];
    const auto overhead = overhead_of(core.walk_cycles, core.cycles);
    std::string line =
        fmt::format("{:>4}{:>15}{:>15}{:>17}{:>15}{:>11}   {}", i, with_commas(core.references),
                    with_commas(core.cycles), ratio(real(core.cycles), real(core.references)),
                    with_commas(core.walks), overhead ? percent(*overhead, 1) : "-", core.stream);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

void add_structures(Lines& lines, const RunResult& result) {
  lines.add_lookups("L1 TLB", result.l1_tlb);
  if (result.segments_completed != 0)
    lines.add("  completed by segments", result.segments_completed,
              percent(real(result.segments_completed), real(result.l1_tlb.misses)) + " of misses");
  lines.add_lookups("L2 TLB", result.l2_tlb);
  lines.add_lookups("nested TLB", result.nested_tlb);
  lines.add_lookups("guest structure cache", result.guest_structure_cache);
  lines.add_lookups("nested structure cache", result.nested_structure_cache);
  lines.gap();
}

void add_served(Lines& lines, const WalkStatistics& walks) {
  for (size_t level = 0; level < walks.served_by.size(); ++level) {
    const uint64_t count = walks.served_by[level];
    if (count != 0)
      lines.add(fmt::format("    from {}", to_string(static_cast<MemoryLevel>(level))), count,
                percent(real(count), real(walks.memory_references)) + " of table reads");
  }
}

/// Which segments translated the data's address.
void add_classes(Lines& lines, const WalkStatistics& walks) {
  constexpr std::array<const char*, kSegmentClasses> kNames{
      "  by paging alone", "  by a guest segment alone", "  by the VMM segment alone",
      "  by both segments"};
  for (size_t i = 0; i < kNames.size(); ++i)
    if (walks.by_class[i] != 0)
      lines.add(kNames[i], walks.by_class[i],
                percent(real(walks.by_class[i]), real(walks.walks)) + " of walks");
}

void add_walks(Lines& lines, const WalkStatistics& walks, Mode mode) {
  const double count = real(walks.walks);
  lines.add("page walks", walks.walks);
  if (walks.walks == 0) return;
  lines.add("  cycles", walks.cycles, ratio(real(walks.cycles), count) + " a walk");
  lines.add("  table reads", walks.memory_references,
            ratio(real(walks.memory_references), count) + " a walk");
  add_served(lines, walks);
  if (has_guest_segment(mode) || has_vmm_segment(mode)) add_classes(lines, walks);
  lines.add("  segment checks", walks.segment_checks,
            ratio(real(walks.segment_checks), count) + " a walk");
  if (walks.merged != 0) lines.add("  merged misses", walks.merged, "waited for another's walk");
  if (walks.ad_updates != 0) lines.add("  A/D updates", walks.ad_updates);
}

void add_rest(Lines& lines, const RunResult& result) {
  if (result.walks.dirty_assists != 0)
    lines.add("dirty assists", result.walks.dirty_assists, "stores that hit with D clear");
  if (result.escape_filter.look_ups != 0) {
    lines.add("escape filter look-ups", result.escape_filter.look_ups);
    lines.add("  positives", result.escape_filter.positives,
              fmt::format("{} of them false", with_commas(result.escape_filter.false_positives)));
  }
  if (result.fetch) {
    lines.add_lookups("instruction TLB", result.fetch->instruction_tlb);
    lines.add("  walks for fetches", result.fetch->walks,
              with_commas(result.fetch->walk_cycles) + " cycles");
  }
  lines.add(
      "faults", result.walks.guest_faults + result.walks.nested_faults,
      fmt::format("{} guest, {} nested; served, not in the counts above",
                  with_commas(result.walks.guest_faults), with_commas(result.walks.nested_faults)));
  const StorageBits area = area_of(result.config);
  lines.add(
      "area", area.total(),
      fmt::format("bits of storage; TLBs {}",
                  percent(real(area.l1_tlb + area.instruction_tlb + area.l2_tlb + area.nested_tlb),
                          real(area.total()))));
  if (result.host)
    lines.add("simulated in", fmt::format("{:.2f} s", result.host->seconds),
              fmt::format("{:.2f} million references/s", result.host->references_per_second / 1e6));
}

}  // namespace

std::string to_text(const RunResult& result) {
  const Config& config = result.config;
  Lines lines;
  lines.title(fmt::format("{}, pages {}, timing {}, preset {}: {}", to_string(config.mode),
                          to_string(config.paging.pages.in(config.mode)), to_string(config.timing),
                          config.preset, streams_text(config)));
  add_time(lines, result);
  add_structures(lines, result);
  add_walks(lines, result.walks, config.mode);
  add_rest(lines, result);
  std::string text = lines.take();
  if (result.host && result.host->interrupted)
    text = "Interrupted: what follows is of a part of the references\n\n" + text;
  if (!result.cores.empty()) text += "\n" + cores_text(result.cores);
  if (result.software) text += "\n" + to_text(*result.software, result.software_cycles);
  if (!result.timeline.empty()) text += "\n" + to_text(result.timeline, overlaps(result.config));
  return text;
}

}  // namespace nestwalk
