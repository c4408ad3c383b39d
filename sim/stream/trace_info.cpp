// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/trace_info.h"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/config/units.h"
#include "sim/report/number_text.h"
#include "sim/stream/bytes/byte_source.h"
#include "sim/stream/nwt/nwt_reader.h"

namespace nestwalk {
namespace {

StreamSummary summarize(Stream& stream, const OnRead& on_read) {
  if (const auto* nwt = dynamic_cast<const NwtReader*>(&stream); nwt && nwt->summary()) {
    return *nwt->summary();
  }
  Summarizer summarizer;
  std::vector<Reference> batch(4096);
  uint64_t read = 0;
  while (const size_t count = stream.read(batch.data(), batch.size())) {
    summarizer.add(batch.data(), count);
    if (on_read) on_read(read += count);
  }
  return summarizer.finish();
}

std::string text_of(const VirtualRange& range) {
  return fmt::format("{} .. {}", format_address(range.base.value()),
                     format_address(range.limit.value()));
}

nlohmann::ordered_json json_of(const VirtualRange& range) {
  return {format_address(range.base.value()), format_address(range.limit.value())};
}

}  // namespace

TraceInfo trace_info(const std::string& path, const TraceOptions& options, const OnRead& on_read) {
  TraceOptions all = options;
  all.fetch = true;
  const Trace trace = identify_and_open_trace(path, all);
  TraceInfo info;
  info.name = display_name(path);
  info.format = trace.format;
  if (path != "-" && std::filesystem::is_regular_file(path))
    info.bytes = std::filesystem::file_size(path);
  info.summary = summarize(*trace.stream, on_read);
  return info;
}

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
                                      format_size(summary.touched_pages * 4096)));
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

std::string to_json(const TraceInfo& info) {
  const StreamSummary& summary = info.summary;
  nlohmann::ordered_json json{
      {"trace", info.name},
      {"format", to_string(info.format)},
      {"references", summary.references()},
      {"loads", summary.loads},
      {"stores", summary.stores},
      {"fetches", summary.fetches},
      {"control_operations", summary.controls},
      {"instructions", summary.instructions},
      {"threads", summary.threads},
      {"touched_pages", summary.touched_pages},
      {"bytes", nullptr},
      {"bytes_per_reference", nullptr},
      {"primary_region", nullptr},
      {"clusters", nlohmann::ordered_json::array()},
  };
  if (info.bytes) {
    json["bytes"] = *info.bytes;
    if (summary.references() > 0) {
      json["bytes_per_reference"] =
          static_cast<double>(*info.bytes) / static_cast<double>(summary.references());
    }
  }
  if (const auto primary = primary_region(summary.clusters)) {
    json["primary_region"] = json_of(*primary);
  }
  for (const Cluster& cluster : summary.clusters) {
    json["clusters"].push_back({{"base", format_address(cluster.range.base.value())},
                                {"limit", format_address(cluster.range.limit.value())},
                                {"pages", cluster.pages},
                                {"references", cluster.references}});
  }
  // The trace's name may be of any bytes.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace nestwalk
