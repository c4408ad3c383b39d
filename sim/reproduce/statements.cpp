// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/reproduce/figures.h"

namespace nestwalk {
namespace {

/// One line of the page.
struct Statement {
  std::string published;
  std::string ours;
  std::string verdict;
  std::string reason;  ///< What the verdict goes by, or why we differ.
};

const char* verdict(bool agrees) {
  return agrees ? "agrees" : "differs";
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double least(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::min_element(values.begin(), values.end());
}

double largest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

/// The runs of the figures, and means over workloads.
class Runs {
 public:
  explicit Runs(const Campaign& campaign) : campaign_(campaign) {}

  RunFigures of(const std::string& workload, const std::string& configuration) const {
    return RunFigures(campaign_.result(figure_cell_name(workload, configuration)));
  }

  /// Of each workload that has walks in both: cycles a walk in one over those in the other.
  std::vector<double> walk_ratios(const std::vector<std::string>& workloads,
                                  const std::string& configuration,
                                  const std::string& native) const {
    std::vector<double> ratios;
    for (const std::string& workload : workloads) {
      const auto a = of(workload, configuration).cycles_a_walk();
      const auto b = of(workload, native).cycles_a_walk();
      if (a && b && *b > 0) ratios.push_back(*a / *b);
    }
    return ratios;
  }

  /// Of each workload: execution time in one over that in the other, less 1.
  std::vector<double> slow_downs(const std::vector<std::string>& workloads,
                                 const std::string& configuration,
                                 const std::string& native) const {
    std::vector<double> all;
    for (const std::string& workload : workloads)
      all.push_back(of(workload, configuration).cycles / of(workload, native).cycles - 1);
    return all;
  }

  std::vector<double> overheads(const std::vector<std::string>& workloads,
                                const std::string& configuration) const {
    std::vector<double> all;
    for (const std::string& workload : workloads)
      all.push_back(of(workload, configuration).overhead);
    return all;
  }

  std::vector<double> native_walks() const {
    std::vector<double> all;
    for (const std::string& workload : all_workloads())
      if (const auto cycles = of(workload, "4K").cycles_a_walk()) all.push_back(*cycles);
    return all;
  }

  /// Checks a walk of a mode, over all workloads.
  double checks_a_walk(const std::string& configuration) const {
    double checks = 0;
    double walks = 0;
    for (const std::string& workload : all_workloads()) {
      checks += of(workload, configuration).checks;
      walks += of(workload, configuration).walks;
    }
    return walks == 0 ? 0 : checks / walks;
  }

  const Campaign& campaign() const { return campaign_; }

 private:
  const Campaign& campaign_;
};

std::string range_text(const std::vector<double>& shares) {
  return fmt::format("{} on average ({} to {})", short_percent(mean(shares)),
                     short_percent(least(shares)), short_percent(largest(shares)));
}

std::vector<double> less_one(std::vector<double> ratios) {
  for (double& ratio : ratios) ratio -= 1;
  return ratios;
}

Statement cycles_of_vmm_direct(const Runs& runs) {
  const auto more = less_one(runs.walk_ratios(all_workloads(), "4K+VD", "4K"));
  return {
      "vmm-direct: cycles per TLB miss +13 % on average", range_text(more),
      verdict(mean(more) >= 0.08 && mean(more) <= 0.18),
      fmt::format("agrees within 5 points. 5 cycles a walk are a full walk's checks; here a walk "
                  "that starts at a paging-structure cache's hit skips the checks of the tables "
                  "above it, and does {:.2f} a walk",
                  runs.checks_a_walk("4K+VD"))};
}

Statement cycles_of_guest_direct(const Runs& runs) {
  const auto more = less_one(runs.walk_ratios(all_workloads(), "4K+GD", "4K"));
  return {"guest-direct: cycles per TLB miss +3 % on average", range_text(more),
          verdict(mean(more) >= 0 && mean(more) <= 0.06),
          "agrees within 3 points. Beside its one check, a guest-direct walk looks its gPA up in "
          "the nested TLB (7 cycles, a parameter) before it walks the nested table, and nested "
          "entries fill the shared L2 TLB: the paper's emulation could see neither"};
}

Statement cycles_of_two_dimensions(const Runs& runs) {
  const double small = mean(runs.walk_ratios(all_workloads(), "4K+4K", "4K"));
  const double medium = mean(runs.walk_ratios(all_workloads(), "4K+2M", "4K"));
  const double large = mean(runs.walk_ratios(all_workloads(), "2M+2M", "2M"));
  return {"2D walks: cycles per TLB miss x2.4 or x1.5, by page size",
          fmt::format("x{:.2f} (4K+4K over 4K), x{:.2f} (4K+2M over 4K), x{:.2f} (2M+2M over 2M)",
                      small, medium, large),
          verdict(small >= 1.9 && small <= 2.9),
          "agrees if 4K+4K is within 0.5 of 2.4; which sizes the published figures are for is not "
          "known here"};
}

Statement time_of_vmm_direct(const Runs& runs) {
  const auto all = runs.slow_downs(all_workloads(), "4K+VD", "4K");
  const auto compute = runs.slow_downs(compute_workloads(), "4K+VD", "4K");
  return {"vmm-direct: 2 % slower than native on average", range_text(all),
          verdict(mean(all) >= -0.005 && mean(all) <= 0.04),
          fmt::format("agrees within 2 points; compute workloads alone {}",
                      short_percent(mean(compute)))};
}

Statement overhead_of_dual_direct(const Runs& runs) {
  const auto dual = runs.overheads(big_memory_workloads(), "DD");
  const auto segment = runs.overheads(big_memory_workloads(), "DS");
  return {"dual-direct like the unvirtualized direct segment, near zero",
          fmt::format("at most {} (dual-direct), {} (direct segment)", short_percent(largest(dual)),
                      short_percent(largest(segment))),
          verdict(largest(dual) <= 0.02 && std::abs(largest(dual) - largest(segment)) <= 0.01),
          "agrees if overheads are at most 2 % and differ by at most one point"};
}

Statement near_native(const Runs& runs) {
  const auto vmm = runs.slow_downs(big_memory_workloads(), "4K+VD", "4K");
  const auto guest = runs.slow_downs(big_memory_workloads(), "4K+GD", "4K");
  return {"vmm-direct and guest-direct near native on big-memory workloads",
          fmt::format("execution time {} (vmm-direct), {} (guest-direct) more than native 4K",
                      short_percent(mean(vmm)), short_percent(mean(guest))),
          verdict(mean(vmm) <= 0.05 && mean(guest) <= 0.05), "agrees if both means are within 5 %"};
}

Statement gains_of_large_pages(const Runs& runs) {
  const double small = mean(runs.overheads(all_workloads(), "4K+VD"));
  const double medium = mean(runs.overheads(all_workloads(), "2M+VD"));
  const double thp = mean(runs.overheads(all_workloads(), "THP+VD"));
  return {"vmm-direct gains from 2M, 1G or THP guest pages",
          fmt::format("mean overhead {} with 4K, {} with 2M, {} with THP", short_percent(small),
                      short_percent(medium), short_percent(thp)),
          verdict(medium < small && thp < small), "agrees if both are below 4K's"};
}

Statement cost_of_filter(const Runs& runs) {
  const double cost = largest_filter_cost(runs.campaign());
  return {"escape filter: at most 0.5 %, worst in dual-direct",
          fmt::format("at most {} over the big-memory workloads and 1 to 16 bad pages",
                      short_percent(cost)),
          verdict(cost <= 0.005), "agrees up to 0.5 %; slow-down of the whole execution"};
}

Statement native_walk(const Runs& runs) {
  const auto walks = runs.native_walks();
  return {"C_n 33 to 38 cycles (derived from +13 % = 5 and +3 % = 1 cycle, not stated)",
          fmt::format("{:.1f} on average over {} workloads ({:.1f} to {:.1f})", mean(walks),
                      walks.size(), least(walks), largest(walks)),
          verdict(mean(walks) >= 33 && mean(walks) <= 38),
          "the mean is ruled by workloads whose table entries come from L3 and memory; "
          "see the sensitivity below for what moves it"};
}

Statement mode_change() {
  return {"(open question of its readers) can the mode change at run time?",
          "yes: see Changing the mode", "not comparable", "the paper has no figure"};
}

Statement absolute_bars() {
  return {"Figures 1, 11, 12, 13: heights of bars", "see the figures", "not comparable",
          "no bar's value is known here"};
}

class Statements : public Experiment {
 public:
  explicit Statements(const RunLength& length) : length_(length) {}

  void plan(Campaign& campaign) const override {
    for (const std::string& workload : all_workloads())
      for (const char* name :
           {"4K", "2M", "DS", "4K+4K", "4K+2M", "2M+2M", "DD", "4K+VD", "2M+VD", "THP+VD", "4K+GD"})
        campaign.add(figure_cell(workload, configuration(name), length_));
    figure_13(length_)->plan(campaign);
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    const Runs runs(campaign);
    const Statement statements[] = {cycles_of_vmm_direct(runs),
                                    cycles_of_guest_direct(runs),
                                    cycles_of_two_dimensions(runs),
                                    time_of_vmm_direct(runs),
                                    overhead_of_dual_direct(runs),
                                    near_native(runs),
                                    gains_of_large_pages(runs),
                                    cost_of_filter(runs),
                                    native_walk(runs),
                                    mode_change(),
                                    absolute_bars()};
    std::string csv = "published,ours,verdict,reason\n";
    std::string table =
        "| published | our runs | verdict | by what, and why |\n| --- | --- | --- | --- |\n";
    for (const Statement& one : statements) {
      table += fmt::format("| {} | {} | **{}** | {} |\n", one.published, one.ours, one.verdict,
                           one.reason);
      csv += fmt::format("\"{}\",\"{}\",{},\"{}\"\n", one.published, one.ours, one.verdict,
                         one.reason);
    }
    directory.write("statements.csv", csv);
    return "## Published statements\n\n" + table + "\n" + native_walks(runs);
  }

 private:
  static std::string native_walks(const Runs& runs) {
    std::string table =
        "| workload | C_n, cycles | misses per 1000 instructions | 4K+4K, x native | 4K+VD, x "
        "native | 4K+GD, x native |\n| --- | ---: | ---: | ---: | ---: | ---: |\n";
    for (const std::string& workload : all_workloads()) {
      const RunFigures native = runs.of(workload, "4K");
      const auto cycles = native.cycles_a_walk();
      const auto ratio = [&](const char* configuration) {
        const auto other = runs.of(workload, configuration).cycles_a_walk();
        return other && cycles ? fmt::format("{:.2f}", *other / *cycles) : std::string("-");
      };
      table += fmt::format("| {} | {} | {:.2f} | {} | {} | {} |\n", workload,
                           cycles ? fmt::format("{:.1f}", *cycles) : "-",
                           1000 * native.walks / native.instructions, ratio("4K+4K"),
                           ratio("4K+VD"), ratio("4K+GD"));
    }
    return "### Cycles per TLB miss, by workload\n\n" + table;
  }

  RunLength length_;
};

}  // namespace

std::unique_ptr<Experiment> published_statements(const RunLength& length) {
  return std::make_unique<Statements>(length);
}

}  // namespace nestwalk
