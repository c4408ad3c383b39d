// SPDX-License-Identifier: Apache-2.0
#include "sim/intervals/join.h"

#include <string>

#include "sim/report/run_result.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

bool says_what_ran(const std::string& name) {
  return name == "nestwalk" || name == "config" || name == "seed" || name == "up_to" ||
         name.rfind("area", 0) == 0;
}

/// Adds all counts of a result to another's; what says how it was run stays.
void add(Json& sum, const Json& part) {
  if (sum.is_object()) {
    for (auto& [name, value] : sum.items())
      if (!says_what_ran(name) && part.contains(name)) add(value, part.at(name));
  } else if (sum.is_array()) {
    for (size_t i = 0; i < part.size(); ++i)
      if (i < sum.size())
        add(sum[i], part[i]);
      else
        sum.push_back(part[i]);
  } else if (sum.is_number_integer() && part.is_number_integer()) {
    sum = sum.get<uint64_t>() + part.get<uint64_t>();
  }
}

Json error_of(const Json& joined, const Json& whole) {
  const double right = whole.get<double>();
  return right == 0 ? Json(nullptr) : Json(joined.get<double>() / right - 1);
}

}  // namespace

Json join(const std::vector<Json>& parts, const Config& config) {
  Json sum = parts.front();
  for (size_t i = 1; i < parts.size(); ++i) add(sum, parts[i]);
  const auto overhead = overhead_of(sum.at("walks").at("cycles"), sum.at("core_cycles"));
  sum["overhead"] = overhead ? Json(*overhead) : Json(nullptr);
  sum["config"]["warmup"] = config.warmup;
  sum["config"]["references"] = config.references ? Json(*config.references) : Json(nullptr);
  return sum;
}

Json errors_of(const Json& joined, const Json& whole) {
  const auto of = [&](const char* pointer) {
    const Json::json_pointer path(pointer);
    return error_of(joined.at(path), whole.at(path));
  };
  return {{"cycles", of("/cycles")},
          {"stall_cycles", of("/stall_cycles")},
          {"walk_cycles", of("/walks/cycles")},
          {"walk_count", of("/walks/count")},
          {"l1_tlb_misses", of("/l1_tlb/misses")},
          {"l2_tlb_misses", of("/l2_tlb/misses")}};
}

}  // namespace nestwalk
