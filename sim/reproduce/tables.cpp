// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/config/words.h"
#include "sim/config/write.h"
#include "sim/experiment/closed_form_check.h"
#include "sim/experiment/verification.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// Enough misses that every table page is walked; the counts a walk are exact with any.
const char* const kClosedFormWorkload = "gups:size=4GiB,updates=20000";
constexpr const char* kPagePairs[] = {"4K+4K", "4K+2M", "4K+1G", "2M+2M", "2M+1G", "1G+1G"};
constexpr Mode kWalkingModes[] = {Mode::kNative, Mode::kBaseVirtualized, Mode::kVmmDirect,
                                  Mode::kGuestDirect, Mode::kDualDirect};

std::string closed_form_name(Mode mode, const std::string& pages) {
  return fmt::format("closed form {} {}", to_string(mode), pages);
}

Cell closed_form_cell(Mode mode, const std::string& pages) {
  Config config;
  config.workload = kClosedFormWorkload;
  config.mode = mode;
  config.paging.pages = parse_pages(pages);
  Cell cell = run_cell(closed_form_name(mode, pages), closed_form_config(config));
  cell.work = 50000;
  return cell;
}

/// `4 + 5`: reads and checks a walk.
std::string a_walk(const Json& result) {
  const Json& walks = result.at("walks");
  const double count = walks.at("count");
  if (count == 0) return "no walk";
  return fmt::format("{:g} + {:g}", walks.at("memory_references").get<double>() / count,
                     walks.at("segment_checks").get<double>() / count);
}

std::string verification_name(const std::string& workload) {
  return "verify " + workload;
}

/// Without a sign that says more than the digits.
std::string signed_percent(double share) {
  const double percent = 100 * share;
  return fmt::format("{:+.1f} %", std::abs(percent) < 0.05 ? 0.0 : percent);
}

std::string error_text(const Json& mode) {
  if (mode.at("error").is_null()) return "-";
  return signed_percent(mode.at("error").get<double>());
}

std::string cause_text(const Json& mode, const char* cause) {
  if (mode.at("because").is_null()) return "-";
  return signed_percent(mode.at("because").at(cause).get<double>());
}

/// Of a walk; nothing where a run is so short that there was none.
std::string cost_text(const Json& cycles, int digits) {
  return cycles.is_null() ? "" : fmt::format("{:.{}f}", cycles.get<double>(), digits);
}

class Tables : public Experiment {
 public:
  explicit Tables(const RunLength& length) : length_{length.scale / 2} {}

  void plan(Campaign& campaign) const override {
    for (const Mode mode : kWalkingModes)
      for (const char* pages : kPagePairs) campaign.add(closed_form_cell(mode, pages));
    for (const std::string& workload : all_workloads())
      campaign.add(verification_cell(verification_name(workload),
                                     paper_config(workload, Mode::kNative, "4K+4K", length_)));
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    return "## Tables\n\n" + steps(campaign, directory) + fragmentation() +
           linear_model(campaign, directory);
  }

 private:
  static std::string steps(const Campaign& campaign, const ResultDirectory& directory) {
    std::string csv = "mode,pages,walks,memory_references,segment_checks,walk_cycles\n";
    std::string head = "| mode |";
    std::string rule = "| --- |";
    for (const char* pages : kPagePairs) {
      head += fmt::format(" {} |", pages);
      rule += " --- |";
    }
    std::string table = head + "\n" + rule + "\n";
    for (const Mode mode : kWalkingModes) {
      table += fmt::format("| {} |", to_string(mode));
      for (const char* pages : kPagePairs) {
        const Json& result = campaign.result(closed_form_name(mode, pages));
        const Json& walks = result.at("walks");
        table += fmt::format(" {} |", a_walk(result));
        csv += fmt::format("{},{},{},{},{},{}\n", to_string(mode), pages, walks.at("count").dump(),
                           walks.at("memory_references").dump(), walks.at("segment_checks").dump(),
                           walks.at("cycles").dump());
      }
      table += "\n";
    }
    directory.write("tables.csv", csv);
    return "### Tables I and II: the steps of a translation, and what they cost\n\n"
           "Table reads + segment checks of a walk with caches and structure caches off, as "
           "counted "
           "in whole runs of `" +
           std::string(kClosedFormWorkload) +
           "`. In dual-direct every miss of the L1 TLB ends at the segments' one check.\n\n" +
           table +
           "\nTable I's four columns are walk classes here; tests hold each to the formula, and "
           "`nestwalk verify` every run. Table II's other rows (what must change in guest OS and "
           "VMM, what sharing, ballooning, swapping and migration may do) are no measurements: "
           "doc/managed-software.md has them as behavior of the software side.\n\n";
  }

  static std::string fragmentation() {
    return "### Table III: modes while memory is fragmented\n\n"
           "Policies of guest OS and VMM, not of the MMU: see doc/managed-software.md. What "
           "changing the "
           "mode costs the MMU stands below under \"Changing the mode\".\n\n";
  }

  std::string linear_model(const Campaign& campaign, const ResultDirectory& directory) const {
    std::string csv =
        "workload,c_n,c_v,m_n,mode,predicted_cycles,simulated_cycles,error,miss_count,walk_cost,"
        "check_cost\n";
    std::string table =
        "| workload | C_n | C_v | mode | predicted | simulated | error | number of misses | walk "
        "cost | checks |\n"
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    for (const std::string& workload : all_workloads()) {
      const Json& result = campaign.result(verification_name(workload));
      for (const auto& [name, mode] : result.at("modes").items()) {
        const bool none = mode.at("error").is_null();
        csv += fmt::format("{},{},{},{},{},{:.0f},{},", workload, cost_text(result.at("c_n"), 3),
                           cost_text(result.at("c_v"), 3), result.at("m_n").dump(), name,
                           mode.at("predicted_cycles").get<double>(),
                           mode.at("simulated_cycles").dump());
        csv += none ? ",,,\n"
                    : fmt::format("{:.6f},{:.6f},{:.6f},{:.6f}\n", mode.at("error").get<double>(),
                                  mode.at("because").at("miss_count").get<double>(),
                                  mode.at("because").at("walk_cost").get<double>(),
                                  mode.at("because").at("check_cost").get<double>());
        table += fmt::format("| {} | {} | {} | {} | {:.0f} | {} | {} | {} | {} | {} |\n", workload,
                             cost_text(result.at("c_n"), 1), cost_text(result.at("c_v"), 1), name,
                             mode.at("predicted_cycles").get<double>(),
                             mode.at("simulated_cycles").dump(), error_text(mode),
                             cause_text(mode, "miss_count"), cause_text(mode, "walk_cost"),
                             cause_text(mode, "check_cost"));
      }
    }
    directory.write("table4.csv", csv);
    return "### Table IV: the linear model against the hardware it spoke of\n\n"
           "Walk cycles that the model predicts from native and base-virtualized runs, 4K+4K, and "
           "what the cycle-level runs of the modes found; the error is split into its causes, "
           "which sum to it. A dash: nothing to speak of is predicted. " +
           length_.text() + ".\n\n" + table + "\n";
  }

  RunLength length_;
};

}  // namespace

Cell verification_cell(const std::string& name, const Config& config) {
  Cell cell;
  cell.name = name;
  cell.parameters = parameters_of(config);
  constexpr double kRuns = 6;
  cell.work = kRuns * static_cast<double>(config.warmup + config.references.value_or(1000000));
  cell.simulate = [config] {
    VerificationSpec spec;
    spec.run.config = config;
    spec.run.quiet = true;
    spec.closed_form = false;
    Json json = Json::parse(to_json(verify(spec)).dump());
    json.erase("config");
    json["closed_form"] = nullptr;  // not tried
    return json;
  };
  return cell;
}

std::unique_ptr<Experiment> paper_tables(const RunLength& length) {
  return std::make_unique<Tables>(length);
}

}  // namespace nestwalk
