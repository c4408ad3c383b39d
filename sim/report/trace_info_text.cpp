// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>

#include "model/address/page_size.h"
#include "sim/io/units.h"
#include "sim/report/number_text.h"
#include "sim/report/trace_info_report.h"

namespace nestwalk {
namespace {

std::string text_of(const VirtualRange& range) {
  return fmt::format("{} .. {}", format_address(range.base.value()),
                     format_address(range.limit.value()));
}

}  // namespace

std::string to_text(const TraceInfo& info) {
  const StreamSummary& summary = info.summary;
  std::string text;
  const auto row = [&text](const char* name, const std::string& value) {
    fmt::format_to(std::back_inserter(text), "{:<20} {}\n", name, value);
  };
  row("trace", info.name);
  row("format", std::string(to_string(info.format)));
  row("references", with_commas(summary.references()));
  row("  loads", with_commas(summary.loads));
  row("  stores", with_commas(summary.stores));
  row("instruction fetches", with_commas(summary.fetches));
  row("control operations", with_commas(summary.controls));
  row("instructions", with_commas(summary.instructions));
  row("threads", with_commas(summary.threads));
  row("touched 4K pages", fmt::format("{} ({})", with_commas(summary.touched_pages),
                                      format_size(summary.touched_pages * bytes(PageSize::k4K))));
  if (info.bytes) {
    row("bytes", with_commas(*info.bytes));
    row("bytes a reference",
        ratio(static_cast<double>(*info.bytes), static_cast<double>(summary.references()), 3));
  }
  const auto primary = primary_region(summary.clusters);
  row("primary region", primary ? text_of(*primary) : "none");
  if (!summary.clusters.empty()) text += "clusters of touched pages (gaps under 1 GiB):\n";
  for (const Cluster& cluster : summary.clusters) {
    fmt::format_to(std::back_inserter(text), "  {}  {} pages, {} of the references\n",
                   text_of(cluster.range), with_commas(cluster.pages),
                   percent(static_cast<double>(cluster.references),
                           static_cast<double>(summary.references())));
  }
  return text;
}

}  // namespace nestwalk
