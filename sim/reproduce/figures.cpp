// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/config/words.h"
#include "sim/plot/bar_chart.h"

namespace nestwalk {
namespace {

size_t family(Mode mode) {
  if (mode == Mode::kNative || mode == Mode::kNativeDirect) return 0;
  return mode == Mode::kBaseVirtualized ? 1 : 2;
}

const std::vector<std::string> kFamilies{"native", "base-virtualized", "direct modes"};

/// A figure whose bars are overheads of configurations.
class OverheadFigure : public Experiment {
 public:
  OverheadFigure(std::string number, std::string about, std::vector<std::string> workloads,
                 std::vector<Configuration> bars, const RunLength& length)
      : number_(std::move(number)),
        about_(std::move(about)),
        workloads_(std::move(workloads)),
        bars_(std::move(bars)),
        length_(length) {}

  void plan(Campaign& campaign) const override {
    for (const std::string& workload : workloads_)
      for (const Configuration& bar : bars_) campaign.add(figure_cell(workload, bar, length_));
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    const std::string file = "fig" + number_;
    directory.write(file + ".csv", csv(campaign));
    directory.write(file + ".svg", to_svg(chart(campaign)));
    return fmt::format(
        "## Figure {}: {}\n\n![overheads](fig{}.svg)\n\n{}\n{}. The paper's bars are not known "
        "here: these are ours alone.\n",
        number_, about_, number_, table(campaign), length_.text());
  }

 private:
  RunFigures figures(const Campaign& campaign, const std::string& workload,
                     const Configuration& bar) const {
    return RunFigures(campaign.result(figure_cell_name(workload, bar.name)));
  }

  std::string csv(const Campaign& campaign) const {
    std::string text =
        "workload,configuration,mode,pages,references,instructions,cycles,walks,walk_cycles,"
        "overhead\n";
    for (const std::string& workload : workloads_)
      for (const Configuration& bar : bars_) {
        const RunFigures run = figures(campaign, workload, bar);
        text += fmt::format("{},{},{},{},{:.0f},{:.0f},{:.0f},{:.0f},{:.0f},{:.6f}\n", workload,
                            bar.name, to_string(bar.mode), bar.pages, run.references,
                            run.instructions, run.cycles, run.walks, run.walk_cycles, run.overhead);
      }
    return text;
  }

  BarChart chart(const Campaign& campaign) const {
    BarChart chart;
    chart.title = fmt::format("Figure {}, from our runs: {}", number_, about_);
    chart.subtitle = "page-walk cycles / all other cycles; each panel to its own scale";
    chart.families = kFamilies;
    for (const std::string& workload : workloads_) {
      BarChart::Panel panel{workload, {}};
      for (const Configuration& bar : bars_) {
        const double overhead = figures(campaign, workload, bar).overhead;
        panel.bars.push_back({bar.name, overhead, short_percent(overhead), family(bar.mode)});
      }
      chart.panels.push_back(panel);
    }
    return chart;
  }

  std::string table(const Campaign& campaign) const {
    std::string head = "| configuration |";
    std::string rule = "| --- |";
    for (const std::string& workload : workloads_) {
      head += fmt::format(" {} |", workload);
      rule += " ---: |";
    }
    std::string text = head + "\n" + rule + "\n";
    for (const Configuration& bar : bars_) {
      text += fmt::format("| {} |", bar.name);
      for (const std::string& workload : workloads_)
        text += fmt::format(" {} |", short_percent(figures(campaign, workload, bar).overhead));
      text += "\n";
    }
    return text;
  }

  std::string number_;
  std::string about_;
  std::vector<std::string> workloads_;
  std::vector<Configuration> bars_;
  RunLength length_;
};

std::vector<Configuration> select(std::initializer_list<const char*> names) {
  std::vector<Configuration> selected;
  for (const char* name : names) selected.push_back(configuration(name));
  return selected;
}

constexpr uint64_t kBadPages[] = {1, 2, 4, 8, 16};
constexpr uint64_t kSeeds[] = {1, 2, 3};

std::string bad_pages_name(const std::string& workload, Mode mode, uint64_t bad, uint64_t seed) {
  return fmt::format("bad pages {} {} {} seed {}", workload, to_string(mode), bad, seed);
}

double cycles(const Campaign& campaign, const std::string& workload, Mode mode, uint64_t bad,
              uint64_t seed) {
  return RunFigures(campaign.result(bad_pages_name(workload, mode, bad, seed))).cycles;
}

double mean_cycles(const Campaign& campaign, const std::string& workload, Mode mode, uint64_t bad) {
  double sum = 0;
  for (const uint64_t seed : kSeeds) sum += cycles(campaign, workload, mode, bad, seed);
  return sum / std::size(kSeeds);
}

/// Slow-down by one set of bad pages. The seed decides the stream too, so each has its own run
/// without bad pages.
double filter_cost(const Campaign& campaign, const std::string& workload, Mode mode, uint64_t bad,
                   uint64_t seed) {
  return cycles(campaign, workload, mode, bad, seed) / cycles(campaign, workload, mode, 0, seed) -
         1;
}

/// Slow-down by bad pages of the mean execution over all sets of them.
double filter_cost(const Campaign& campaign, const std::string& workload, Mode mode, uint64_t bad) {
  return mean_cycles(campaign, workload, mode, bad) / mean_cycles(campaign, workload, mode, 0) - 1;
}

class FilterFigure : public Experiment {
 public:
  explicit FilterFigure(const RunLength& length) : length_(length) {}

  void plan(Campaign& campaign) const override {
    for (const std::string& workload : big_memory_workloads())
      for (const Mode mode : {Mode::kDualDirect, Mode::kVmmDirect}) {
        for (const uint64_t seed : kSeeds) {
          add(campaign, workload, mode, 0, seed);
          for (const uint64_t bad : kBadPages) add(campaign, workload, mode, bad, seed);
        }
      }
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    std::string csv = "workload,mode,bad_pages,slow_down\n";
    std::string table =
        "| workload | mode | 1 | 2 | 4 | 8 | 16 bad pages |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n";
    BarChart chart;
    chart.title = "Figure 13, from our runs: the cost of the escape filter";
    chart.subtitle =
        "mean cycles of 3 seeds, of stream and bad pages, over those without bad pages, less 1; "
        "each "
        "panel to its own scale";
    chart.families = {"dual-direct", "vmm-direct"};
    for (const std::string& workload : big_memory_workloads()) {
      BarChart::Panel panel{workload, {}};
      for (const Mode mode : {Mode::kDualDirect, Mode::kVmmDirect}) {
        table += fmt::format("| {} | {} |", workload, to_string(mode));
        for (const uint64_t bad : kBadPages) {
          const double cost = filter_cost(campaign, workload, mode, bad);
          csv += fmt::format("{},{},{},{:.8f}\n", workload, to_string(mode), bad, cost);
          table += fmt::format(" {} |", short_percent(cost));
          panel.bars.push_back({fmt::format("{} bad", bad), cost, short_percent(cost),
                                mode == Mode::kDualDirect ? size_t{0} : size_t{1}});
        }
        table += "\n";
      }
      chart.panels.push_back(panel);
    }
    directory.write("fig13.csv", csv);
    directory.write("fig13.svg", to_svg(chart));
    return "## Figure 13: the escape filter with 1 to 16 bad pages\n\n"
           "![cost of the filter](fig13.svg)\n\n" +
           table +
           "\nSlow-down of the mean execution of 3 seeds, each another stream and other pages; " +
           length_.text() +
           ". The paper's bars are not known here: these are "
           "ours alone.\n";
  }

 private:
  void add(Campaign& campaign, const std::string& workload, Mode mode, uint64_t bad,
           uint64_t seed) const {
    Config config = paper_config(workload, mode, "4K+4K", length_);
    config.software.bad_pages = bad;
    config.seed = seed;
    campaign.add(run_cell(bad_pages_name(workload, mode, bad, seed), config));
  }

  RunLength length_;
};

}  // namespace

std::unique_ptr<Experiment> figure_1(const RunLength& length) {
  return std::make_unique<OverheadFigure>(
      "1", "overheads of virtual memory, selected configurations", big_memory_workloads(),
      select({"4K", "2M", "1G", "4K+4K", "4K+2M", "2M+2M", "DD", "4K+VD", "4K+GD"}), length);
}

std::unique_ptr<Experiment> figure_11(const RunLength& length) {
  return std::make_unique<OverheadFigure>("11", "big-memory workloads", big_memory_workloads(),
                                          configurations(), length);
}

std::unique_ptr<Experiment> figure_12(const RunLength& length) {
  return std::make_unique<OverheadFigure>("12", "compute workloads", compute_workloads(),
                                          configurations(), length);
}

std::unique_ptr<Experiment> figure_13(const RunLength& length) {
  return std::make_unique<FilterFigure>(length);
}

double largest_filter_cost(const Campaign& campaign, Mode mode) {
  double largest = 0;
  for (const std::string& workload : big_memory_workloads())
    for (const uint64_t bad : kBadPages)
      for (const uint64_t seed : kSeeds)
        largest = std::max(largest, filter_cost(campaign, workload, mode, bad, seed));
  return largest;
}

}  // namespace nestwalk
