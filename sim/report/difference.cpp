// SPDX-License-Identifier: Apache-2.0
#include "sim/report/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "sim/report/number_text.h"
#include "sim/report/result_counts.h"

namespace nestwalk {
namespace {

std::string text_of(const nlohmann::json& value) {
  if (value.is_null()) return "unset";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void compare_configuration(const nlohmann::json& was, const nlohmann::json& is,
                           const std::string& prefix, std::vector<Difference::Setting>& changes) {
  const auto member = [](const nlohmann::json& of, const std::string& name) {
    return of.contains(name) ? of.at(name) : nlohmann::json();
  };
  std::set<std::string> names;  // of both: versions differ in their keys
  for (const nlohmann::json* side : {&was, &is})
    for (const auto& item : side->items()) names.insert(item.key());
  for (const std::string& name : names) {
    const nlohmann::json before = member(was, name);
    const nlohmann::json after = member(is, name);
    if (before.is_object() || after.is_object())
      compare_configuration(before, after, prefix + name + ".", changes);
    else if (after != before)
      changes.push_back({prefix + name, text_of(before), text_of(after)});
  }
}

double ratio_of(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

/// The change in walk cycles: more walks at the old cost, then more reads in each walk at the old
/// cost of a read, then what a read costs. Each but the last is rounded, the last is the rest: so
/// the parts, whole cycles, sum to the change.
void split_walks(const ResultCounts& was, const ResultCounts& is,
                 std::vector<Difference::Part>& parts) {
  const double cost_was = ratio_of(was.walk_cycles, was.walks);
  const double cost_is = ratio_of(is.walk_cycles, is.walks);
  const double reads_was = ratio_of(was.table_reads, was.walks);
  const double reads_is = ratio_of(is.table_reads, is.walks);
  const double read_cost_was = ratio_of(was.walk_cycles, was.table_reads);
  const double read_cost_is = ratio_of(is.walk_cycles, is.table_reads);
  const double change = is.walk_cycles - was.walk_cycles;
  if (was.walks == 0) {
    parts.push_back({"walks", change,
                     fmt::format("{} walks where there were none",
                                 with_commas(static_cast<uint64_t>(is.walks)))});
    return;
  }
  const double more_walks = is.walks == 0 ? change : std::round((is.walks - was.walks) * cost_was);
  parts.push_back({"number of walks", more_walks,
                   fmt::format("{} -> {} walks, at {:.1f} cycles each",
                               with_commas(static_cast<uint64_t>(was.walks)),
                               with_commas(static_cast<uint64_t>(is.walks)), cost_was)});
  if (is.walks == 0) return;
  const double dearer = change - more_walks;
  if (was.table_reads == 0 || is.table_reads == 0) {
    parts.push_back({"cost of a walk", dearer,
                     fmt::format("{:.1f} -> {:.1f} cycles a walk", cost_was, cost_is)});
    return;
  }
  const double more_reads = std::round(is.walks * (reads_is - reads_was) * read_cost_was);
  parts.push_back({"table reads in a walk", more_reads,
                   fmt::format("{:.3g} -> {:.3g} reads a walk, at {:.1f} cycles each, look-ups "
                               "and checks included",
                               reads_was, reads_is, read_cost_was)});
  parts.push_back({"cost of a table read", dearer - more_reads,
                   fmt::format("{:.1f} -> {:.1f} cycles a read", read_cost_was, read_cost_is)});
}

/// Relative, with its sign; infinite from 0 to more.
double relative(uint64_t was, uint64_t is) {
  if (was == is) return 0;
  if (was == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(is) / static_cast<double>(was) - 1;
}

std::string signed_number(double value) {
  const auto whole = static_cast<uint64_t>(std::abs(std::round(value)));
  return (whole == 0 ? "" : value < 0 ? "-" : "+") + with_commas(whole);
}

std::string change_text(uint64_t was, uint64_t is) {
  return fmt::format("{} -> {}  {}{}", with_commas(was), with_commas(is),
                     signed_number(static_cast<double>(is) - static_cast<double>(was)),
                     was == 0 ? "" : fmt::format("  ({:+.2f} %)", 100 * relative(was, is)));
}

}  // namespace

bool Difference::has_cores() const {
  return core_cycles_were != cycles_were || core_cycles_are != cycles_are;
}

double Difference::relative_change() const {
  if (was_interrupted || is_interrupted) return std::numeric_limits<double>::infinity();
  return std::max(std::abs(relative(cycles_were, cycles_are)),
                  std::abs(relative(walk_cycles_were, walk_cycles_are)));
}

Difference difference(const nlohmann::json& was, const nlohmann::json& is) {
  const ResultCounts before = read_counts(was);
  const ResultCounts after = read_counts(is);
  Difference result;
  result.was_interrupted = before.interrupted;
  result.is_interrupted = after.interrupted;
  if (was.contains("config") && is.contains("config"))
    compare_configuration(was.at("config"), is.at("config"), "", result.configuration);
  result.cycles_were = static_cast<uint64_t>(before.cycles);
  result.cycles_are = static_cast<uint64_t>(after.cycles);
  result.core_cycles_were = static_cast<uint64_t>(before.core_cycles);
  result.core_cycles_are = static_cast<uint64_t>(after.core_cycles);
  result.walk_cycles_were = static_cast<uint64_t>(before.walk_cycles);
  result.walk_cycles_are = static_cast<uint64_t>(after.walk_cycles);
  if (before.overlaps || after.overlaps) return result;
  split_walks(before, after, result.parts);
  const double others =
      (after.stall_cycles - after.walk_cycles) - (before.stall_cycles - before.walk_cycles);
  result.parts.push_back({"other translation time", others,
                          "L2 TLB and segment look-ups, waits for a walker, instruction fetches"});
  double rest = after.core_cycles - before.core_cycles;
  for (const Difference::Part& part : result.parts) rest -= part.cycles;
  result.parts.push_back({"instructions and data", rest,
                          "the program itself, its data in caches that table reads share, guest "
                          "OS and VMM"});
  return result;
}

std::string to_text(const Difference& difference) {
  std::string text;
  if (difference.was_interrupted || difference.is_interrupted)
    text += fmt::format("interrupted: {}; its counts are of a part of its references\n",
                        !difference.is_interrupted    ? "the first run"
                        : !difference.was_interrupted ? "the second run"
                                                      : "each run");
  if (!difference.configuration.empty()) text += "configuration\n";
  for (const auto& change : difference.configuration)
    text += fmt::format("  {:<28} {} -> {}\n", change.key, change.was, change.is);
  text +=
      fmt::format("cycles       {}\n", change_text(difference.cycles_were, difference.cycles_are));
  if (difference.has_cores())
    text += fmt::format("  all cores  {}\n",
                        change_text(difference.core_cycles_were, difference.core_cycles_are));
  text += fmt::format("walk cycles  {}\n",
                      change_text(difference.walk_cycles_were, difference.walk_cycles_are));
  if (difference.parts.empty())
    return text +
           "walks overlap with other work: the change in cycles has no parts that sum to it\n";
  if (difference.core_cycles_were == difference.core_cycles_are &&
      difference.walk_cycles_were == difference.walk_cycles_are)
    return text;
  text += difference.has_cores() ? "all cores because of\n" : "because of\n";
  for (const auto& part : difference.parts)
    text += fmt::format("  {:<24} {:>16}   {}\n", part.name, signed_number(part.cycles), part.how);
  return text;
}

nlohmann::ordered_json to_json(const Difference& difference) {
  nlohmann::ordered_json json{
      {"cycles", {{"was", difference.cycles_were}, {"is", difference.cycles_are}}},
      {"core_cycles", {{"was", difference.core_cycles_were}, {"is", difference.core_cycles_are}}},
      {"walk_cycles", {{"was", difference.walk_cycles_were}, {"is", difference.walk_cycles_are}}}};
  json["because"] = nlohmann::ordered_json::object();
  for (const auto& part : difference.parts)
    json["because"][part.name] = static_cast<int64_t>(part.cycles);
  json["configuration"] = nlohmann::ordered_json::object();
  for (const auto& change : difference.configuration)
    json["configuration"][change.key] = {{"was", change.was}, {"is", change.is}};
  json["interrupted"] = {{"was", difference.was_interrupted}, {"is", difference.is_interrupted}};
  return json;
}

}  // namespace nestwalk
