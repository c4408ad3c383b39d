// SPDX-License-Identifier: Apache-2.0
#include "sim/io/units.h"
#include "sim/report/trace_info_report.h"

namespace nestwalk {
namespace {

nlohmann::ordered_json json_of(const VirtualRange& range) {
  return {format_address(range.base.value()), format_address(range.limit.value())};
}

}  // namespace

nlohmann::ordered_json to_json(const TraceInfo& info) {
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
  return json;
}

}  // namespace nestwalk
