// SPDX-License-Identifier: Apache-2.0
#include "sim/report/result_counts.h"

#include <fmt/format.h>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// Counts are added and divided as reals, which hold every whole number up to here.
constexpr double kLargest = 0x1p53;

bool has(const Json& result, const char* path) {
  return result.contains(Json::json_pointer(path));
}

const Json& member(const Json& result, const char* path) {
  if (!has(result, path)) throw InputError(fmt::format("{} is missing", path));
  return result.at(Json::json_pointer(path));
}

double count(const Json& result, const char* path) {
  const Json& value = member(result, path);
  const double number = value.is_number_integer() ? value.get<double>() : -1;
  if (number >= 0 && number <= kLargest) return number;
  throw InputError(fmt::format("{} is {}, no count up to 2^53", path, value.dump()));
}

std::string text(const Json& result, const char* path) {
  const Json& value = member(result, path);
  if (value.is_string()) return value;
  throw InputError(fmt::format("{} is {}, no text", path, value.dump()));
}

bool flag(const Json& result, const char* path) {
  const Json& value = member(result, path);
  if (value.is_boolean()) return value;
  throw InputError(fmt::format("{} is {}, neither true nor false", path, value.dump()));
}

std::optional<double> overhead_of(const Json& result) {
  const Json& value = member(result, "/overhead");
  if (value.is_null()) return std::nullopt;
  const double overhead = value.is_number() ? value.get<double>() : -1;
  if (overhead >= 0 && overhead <= kLargest) return overhead;
  throw InputError(fmt::format("/overhead is {}, no share from 0", value.dump()));
}

ResultCounts counts_of(const Json& result) {
  ResultCounts counts;
  counts.mode = text(result, "/mode");
  counts.pages = text(result, "/pages");
  for (const char* stream : {"/config/trace", "/config/workload"})
    if (has(result, stream)) counts.stream += text(result, stream);
  counts.references = count(result, "/references");
  counts.instructions = count(result, "/instructions");
  counts.cycles = count(result, "/cycles");
  counts.core_cycles = has(result, "/core_cycles") ? count(result, "/core_cycles") : counts.cycles;
  counts.stall_cycles = count(result, "/stall_cycles");
  constexpr char kOutstanding[] = "/config/core/outstanding";
  counts.overlaps = has(result, kOutstanding) && count(result, kOutstanding) > 1;
  constexpr char kInterrupted[] = "/host/interrupted";
  counts.interrupted = has(result, kInterrupted) && flag(result, kInterrupted);
  counts.overhead = overhead_of(result);
  counts.l1_misses = count(result, "/l1_tlb/misses");
  counts.completed = count(result, "/segments/completed");
  counts.walks = count(result, "/walks/count");
  counts.walk_cycles = count(result, "/walks/cycles");
  counts.table_reads = count(result, "/walks/memory_references");
  counts.checks = count(result, "/walks/segment_checks");
  return counts;
}

}  // namespace

ResultCounts read_counts(const Json& result) {
  try {
    return counts_of(result);
  } catch (const InputError& error) {
    throw InputError("not a result of `nestwalk run --json`", error.what());
  }
}

}  // namespace nestwalk
