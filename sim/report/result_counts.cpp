// SPDX-License-Identifier: Apache-2.0
#include "sim/report/result_counts.h"

#include "sim/config/input_error.h"

namespace nestwalk {
namespace {

std::optional<double> number_or_null(const nlohmann::json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

}  // namespace

ResultCounts read_counts(const nlohmann::json& result) {
  try {
    const nlohmann::json& walks = result.at("walks");
    return {result.at("mode"),
            result.at("pages"),
            result.at("references"),
            result.at("cycles"),
            result.at("stall_cycles"),
            number_or_null(result.at("ideal_cycles")),
            number_or_null(result.at("overhead")),
            result.at("l1_tlb").at("misses"),
            result.at("segments").at("completed"),
            walks.at("count"),
            walks.at("cycles"),
            walks.at("memory_references"),
            walks.at("segment_checks")};
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("not a result of `nestwalk run --json`: ") + error.what());
  }
}

}  // namespace nestwalk
