// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "model/address/page_size.h"
#include "sim/config/words.h"
#include "sim/io/units.h"
#include "sim/report/number_text.h"
#include "sim/report/software_section.h"

namespace nestwalk {
namespace {

constexpr uint64_t kPageBytes = bytes(PageSize::k4K);

std::string free_text(const char* name, const FreeRunStatistics& free) {
  return fmt::format("{:<28}{:>18}   in {} run{}, the longest {}\n", name,
                     format_size(free.frames * kPageBytes), with_commas(free.runs),
                     free.runs == 1 ? "" : "s", format_size(free.largest * kPageBytes));
}

}  // namespace

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
  if (report.requests_left != 0)
    text += fmt::format("{:<28}{:>18}   of the schedule, for references that did not come\n",
                        "requests not made", with_commas(report.requests_left));
  text += free_text("free host memory", report.host_free);
  text += free_text("free guest memory", report.guest_free);
  if (!report.ledger.events().empty()) text += fmt::format("\n{:>15}  event\n", "references");
  for (const SoftwareEvent& event : report.ledger.events())
    text += fmt::format("{:>15}  {}\n", with_commas(event.reference), event.what);
  return text;
}

}  // namespace nestwalk
