// SPDX-License-Identifier: Apache-2.0
#include "sim/report/software_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/config/units.h"
#include "sim/config/words.h"
#include "sim/report/number_text.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostLines = 40;
constexpr uint64_t kPageBytes = 4096;

double share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json to_json(const FreeRunStatistics& free) {
  return {{"frames", free.frames},
          {"runs", free.runs},
          {"largest", free.largest},
          {"mean", free.mean()},
          {"by_order", free.by_order}};
}

std::string free_text(const char* name, const FreeRunStatistics& free) {
  return fmt::format("{:<28}{:>18}   in {} runs, the longest {}\n", name,
                     format_size(free.frames * kPageBytes), with_commas(free.runs),
                     format_size(free.largest * kPageBytes));
}

/// The intervals from `first` on that fit into one line, `most` at most: those in one mode.
size_t alike(const Timeline& timeline, size_t first, size_t most) {
  size_t count = 1;
  while (count < most && first + count < timeline.size() &&
         timeline[first + count].mode == timeline[first].mode &&
         timeline[first + count].vmm_segment == timeline[first].vmm_segment &&
         timeline[first + count].guest_segment == timeline[first].guest_segment)
    ++count;
  return count;
}

TimelineInterval joined(const Timeline& timeline, size_t first, size_t count) {
  TimelineInterval sum = timeline[first + count - 1];
  for (size_t i = first; i + 1 < first + count; ++i) sum += timeline[i];
  return sum;
}

}  // namespace

Json to_json(const SoftwareReport& report, uint64_t cycles) {
  Json json{{"cycles", cycles}};
  for (const auto& word : words<Operation>())
    json["operations"][std::string(word.text)] = {{"count", report.ledger.count(word.value)},
                                                  {"cycles", report.ledger.cycles(word.value)}};
  for (const auto& word : words<LimitedOperation>()) {
    const LimitCounts& counts = report.ledger.limited(word.value);
    json["limited"][std::string(word.text)] = {{"done", counts.done},
                                               {"escaped", counts.escaped},
                                               {"left_mode", counts.left},
                                               {"refused", counts.refused}};
  }
  json["migrations"] = Json::array();
  for (const LiveMigrationReport& one : report.migrations)
    json["migrations"].push_back({{"rounds", one.rounds},
                                  {"pages", one.pages},
                                  {"stopped_pages", one.stopped_pages},
                                  {"identical", one.identical}});
  json["host_free"] = to_json(report.host_free);
  json["guest_free"] = to_json(report.guest_free);
  json["events"] = Json::array();
  for (const SoftwareEvent& event : report.ledger.events())
    json["events"].push_back({{"reference", event.reference}, {"what", event.what}});
  return json;
}

std::string to_text(const SoftwareReport& report, uint64_t cycles) {
  std::string text = "Guest OS and VMM\n\n";
  text += fmt::format("{:<28}{:>18}   part of cycles, apart from translation\n", "software cycles",
                      with_commas(cycles));
  for (const auto& word : words<Operation>())
    if (const uint64_t count = report.ledger.count(word.value))
      text += fmt::format("  {:<26}{:>18}   {} cycles\n", word.text, with_commas(count),
                          with_commas(report.ledger.cycles(word.value)));
  for (const auto& word : words<LimitedOperation>()) {
    const LimitCounts& counts = report.ledger.limited(word.value);
    if (counts.done + counts.refused + counts.left == 0) continue;
    text += fmt::format("{:<28}{:>18}   {} escaped, {} refused; mode left: {}\n", word.text,
                        with_commas(counts.done), with_commas(counts.escaped),
                        with_commas(counts.refused), with_commas(counts.left));
  }
  text += free_text("free host memory", report.host_free);
  text += free_text("free guest memory", report.guest_free);
  for (const SoftwareEvent& event : report.ledger.events())
    text += fmt::format("{:>15}  {}\n", with_commas(event.reference), event.what);
  return text;
}

Json to_json(const Timeline& timeline, const std::vector<SoftwareEvent>& events) {
  Json json{{"intervals", Json::array()}, {"events", Json::array()}};
  for (const TimelineInterval& one : timeline)
    json["intervals"].push_back({{"end", one.end},
                                 {"mode", to_string(one.mode)},
                                 {"guest_segment", one.guest_segment},
                                 {"vmm_segment", one.vmm_segment},
                                 {"references", one.references},
                                 {"walks", one.walks},
                                 {"walk_cycles", one.walk_cycles},
                                 {"stall_cycles", one.stall_cycles},
                                 {"software_cycles", one.software_cycles},
                                 {"cycles", one.cycles},
                                 {"core_cycles", one.core_cycles}});
  for (const SoftwareEvent& event : events)
    json["events"].push_back({{"reference", event.reference}, {"what", event.what}});
  return json;
}

std::string to_text(const Timeline& timeline) {
  std::string text = fmt::format(
      "Timeline; overhead: walk cycles / all but walks and software\n\n{:>15} "
      "{:<17}{:>15}{:>14}{:>14}{:>11}{:>15}\n",
      "references", "mode", "guest segment", "VMM segment", "walk cycles", "overhead", "software");
  const size_t most = (timeline.size() + kMostLines - 1) / kMostLines;
  for (size_t first = 0; first < timeline.size();) {
    const size_t count = alike(timeline, first, most);
    const TimelineInterval one = joined(timeline, first, count);
    const uint64_t rest =
        one.core_cycles - std::min(one.core_cycles, one.walk_cycles + one.software_cycles);
    text += fmt::format("{:>15} {:<17}{:>15}{:>14}{:>14}{:>11}{:>15}\n", with_commas(one.end),
                        to_string(one.mode), format_size(one.guest_segment),
                        format_size(one.vmm_segment), with_commas(one.walk_cycles),
                        fmt::format("{:.1f} %", 100 * share(one.walk_cycles, rest)),
                        with_commas(one.software_cycles));
    first += count;
  }
  return text;
}

}  // namespace nestwalk
