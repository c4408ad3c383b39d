// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "sim/config/suggestion.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/stream/workload/cactusadm.h"
#include "sim/stream/workload/canneal.h"
#include "sim/stream/workload/chase.h"
#include "sim/stream/workload/gemsfdtd.h"
#include "sim/stream/workload/graph500.h"
#include "sim/stream/workload/gups.h"
#include "sim/stream/workload/mcf.h"
#include "sim/stream/workload/memcached.h"
#include "sim/stream/workload/npb_cg.h"
#include "sim/stream/workload/omnetpp.h"
#include "sim/stream/workload/streamcluster.h"

namespace nestwalk {
namespace {

const Workload& find(std::string_view name) {
  for (const Workload& workload : workloads()) {
    if (workload.name == name) return workload;
  }
  throw InputError(describe_unknown_workload(name));
}

std::map<std::string, std::string> parse_parameters(const Workload& workload,
                                                    std::string_view text) {
  std::map<std::string, std::string> values;
  if (!text.empty() && text.back() == ',')
    throw InputError("workload " + workload.name, "a parameter is missing behind the last comma");
  while (!text.empty()) {
    const std::string_view setting = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), setting.size() + 1));
    const size_t equals = setting.find('=');
    const std::string name(setting.substr(0, equals));
    const std::vector<std::string> names = names_of(workload.parameters);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw InputError("workload " + workload.name, fmt::format("\"{}\" is no parameter of it; {}",
                                                                name, did_you_mean(name, names)));
    }
    if (equals == std::string_view::npos || equals + 1 == setting.size()) {
      throw InputError("workload " + workload.name,
                       fmt::format("parameter {} has no value, expected {}=...", name, name));
    }
    if (!values.emplace(name, setting.substr(equals + 1)).second) {
      throw InputError("workload " + workload.name,
                       fmt::format("parameter {} is given twice", name));
    }
  }
  for (const Workload::Parameter& parameter : workload.parameters) {
    values.emplace(parameter.name, parameter.default_value);
  }
  return values;
}

}  // namespace

void WorkloadParameters::fail(const std::string& name, const std::string& expected) const {
  throw InputError("workload " + workload_, fmt::format("parameter {} is \"{}\", expected {}", name,
                                                        values_.at(name), expected));
}

uint64_t WorkloadParameters::size(const std::string& name, uint64_t least, uint64_t most) const {
  const std::string expected =
      fmt::format("a size from {} to {}", format_size(least), format_size(most));
  uint64_t value = 0;
  try {
    value = parse_size(values_.at(name));
  } catch (const InputError&) {
    fail(name, expected);
  }
  if (value < least || value > most) fail(name, expected);
  return value;
}

uint64_t WorkloadParameters::count(const std::string& name, uint64_t least, uint64_t most) const {
  const std::string expected = fmt::format("a whole number from {} to {}", least, most);
  uint64_t value = 0;
  try {
    value = parse_whole(values_.at(name));
  } catch (const InputError&) {
    fail(name, expected);
  }
  if (value < least || value > most) fail(name, expected);
  return value;
}

double WorkloadParameters::real(const std::string& name, double least, double most) const {
  const std::string& text = values_.at(name);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() ||
      !(value >= least && value <= most))
    fail(name, fmt::format("a number from {} to {}", least, most));
  return value;
}

bool WorkloadParameters::flag(const std::string& name) const {
  const std::string& text = values_.at(name);
  if (text != "true" && text != "false") fail(name, "true or false");
  return text == "true";
}

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all{
      graph500_workload(), memcached_workload(),     npb_cg_workload(),    gups_workload(),
      mcf_workload(),      omnetpp_workload(),       cactusadm_workload(), gemsfdtd_workload(),
      canneal_workload(),  streamcluster_workload(), chase_workload()};
  return all;
}

std::unique_ptr<Stream> open_workload(std::string_view specification, uint64_t seed) {
  const size_t colon = specification.find(':');
  const Workload& workload = find(specification.substr(0, colon));
  const std::string_view parameters =
      colon == std::string_view::npos ? std::string_view() : specification.substr(colon + 1);
  return workload.open(WorkloadParameters(workload.name, parse_parameters(workload, parameters)),
                       seed);
}

std::string describe_unknown_workload(std::string_view specification) {
  const std::string_view name = specification.substr(0, specification.find(':'));
  return fmt::format("\"{}\" is no workload; {}", name, did_you_mean(name, names_of(workloads())));
}

bool names_workload(std::string_view specification) {
  const std::string_view name = specification.substr(0, specification.find(':'));
  return std::any_of(workloads().begin(), workloads().end(),
                     [name](const Workload& workload) { return workload.name == name; });
}

std::string workload_help() {
  std::string text = "Workloads, as NAME or NAME:PARAMETER=VALUE,...\n";
  for (const Workload& workload : workloads()) {
    text += fmt::format("\n  {:<12} {}\n", workload.name, workload.runs);
    for (const Workload::Parameter& parameter : workload.parameters) {
      text += fmt::format("    {:<28} {}\n", parameter.name + "=" + parameter.default_value,
                          parameter.help);
    }
  }
  return text;
}

}  // namespace nestwalk
