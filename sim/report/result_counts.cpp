// SPDX-License-Identifier: Apache-2.0
#include "sim/report/result_counts.h"

#include <fmt/format.h>

#include "sim/config/input_error.h"

namespace nestwalk {
namespace {

/// Counts are added and divided as reals, which hold every whole number up to here.
constexpr double kLargest = 0x1p53;

double count(const nlohmann::json& object, const char* name) {
  const nlohmann::json& value = object.at(name);
  const double number = value.is_number_integer() ? value.get<double>() : -1;
  if (!(number >= 0 && number <= kLargest))
    throw InputError(fmt::format("{} is {}, no count up to 2^53", name, value.dump()));
  return number;
}

std::optional<double> overhead_of(const nlohmann::json& result) {
  const nlohmann::json& value = result.at("overhead");
  if (value.is_null()) return std::nullopt;
  const double overhead = value.get<double>();
  if (overhead >= 0 && overhead <= kLargest) return overhead;
  throw InputError(fmt::format("overhead is {}, no share from 0", value.dump()));
}

ResultCounts counts_of(const nlohmann::json& result) {
  const nlohmann::json& walks = result.at("walks");
  ResultCounts counts;
  counts.mode = result.at("mode");
  counts.pages = result.at("pages");
  counts.references = count(result, "references");
  counts.cycles = count(result, "cycles");
  counts.core_cycles =
      result.contains("core_cycles") ? count(result, "core_cycles") : counts.cycles;
  counts.stall_cycles = count(result, "stall_cycles");
  counts.overlaps = result.value("/config/core/outstanding"_json_pointer, 1) > 1;
  counts.interrupted = result.value("/host/interrupted"_json_pointer, false);
  counts.overhead = overhead_of(result);
  counts.l1_misses = count(result.at("l1_tlb"), "misses");
  counts.completed = count(result.at("segments"), "completed");
  counts.walks = count(walks, "count");
  counts.walk_cycles = count(walks, "cycles");
  counts.table_reads = count(walks, "memory_references");
  counts.checks = count(walks, "segment_checks");
  return counts;
}

}  // namespace

ResultCounts read_counts(const nlohmann::json& result) {
  constexpr char kNoResult[] = "not a result of `nestwalk run --json`";
  try {
    return counts_of(result);
  } catch (const nlohmann::json::exception& error) {
    throw InputError(kNoResult, error.what());
  } catch (const InputError& error) {
    throw InputError(kNoResult, error.what());
  }
}

}  // namespace nestwalk
