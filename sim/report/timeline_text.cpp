// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "sim/config/words.h"
#include "sim/io/units.h"
#include "sim/report/number_text.h"
#include "sim/report/run_result.h"
#include "sim/report/timeline_report.h"

namespace nestwalk {
namespace {

constexpr size_t kMostLines = 40;

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

std::string to_text(const Timeline& timeline, bool walks_overlap) {
  std::string text = fmt::format(
      "Timeline; overhead: walk cycles / all but walks and software{}\n\n{:>15} "
      "{:<17}{:>15}{:>14}{:>14}{:>11}{:>15}\n",
      walks_overlap ? "; none where walks overlap" : "", "references", "mode", "guest segment",
      "VMM segment", "walk cycles", "overhead", "software");
  const size_t most = (timeline.size() + kMostLines - 1) / kMostLines;
  for (size_t first = 0; first < timeline.size();) {
    const size_t count = alike(timeline, first, most);
    const TimelineInterval one = joined(timeline, first, count);
    const auto overhead = overhead_of(
        one.walk_cycles, one.core_cycles - std::min(one.core_cycles, one.software_cycles));
    text += fmt::format("{:>15} {:<17}{:>15}{:>14}{:>14}{:>11}{:>15}\n", with_commas(one.end),
                        to_string(one.mode), format_size(one.guest_segment),
                        format_size(one.vmm_segment), with_commas(one.walk_cycles),
                        overhead && !walks_overlap ? fmt::format("{:.1f} %", 100 * *overhead) : "-",
                        with_commas(one.software_cycles));
    first += count;
  }
  return text;
}

}  // namespace nestwalk
