// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/paper.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/config/load.h"

namespace nestwalk {
namespace {

constexpr double kWarmup = 500000;
constexpr double kReferences = 1000000;
constexpr uint64_t kLeast = 1000;

uint64_t scaled(double amount, double scale) {
  return std::max(kLeast, static_cast<uint64_t>(std::llround(amount * scale)));
}

double overhead_of(const ResultCounts& counts) {
  if (counts.overhead) return *counts.overhead;
  throw std::runtime_error("a run has no overhead: its cycles are all walks");
}

}  // namespace

const std::vector<std::string>& big_memory_workloads() {
  static const std::vector<std::string> all{"graph500", "memcached", "npb-cg", "gups"};
  return all;
}

const std::vector<std::string>& compute_workloads() {
  static const std::vector<std::string> all{"cactusadm", "gemsfdtd", "mcf",
                                            "omnetpp",   "canneal",  "streamcluster"};
  return all;
}

std::vector<std::string> all_workloads() {
  std::vector<std::string> all = big_memory_workloads();
  all.insert(all.end(), compute_workloads().begin(), compute_workloads().end());
  return all;
}

const std::vector<Configuration>& configurations() {
  static const std::vector<Configuration> all{
      {"4K", Mode::kNative, "4K+4K"},
      {"2M", Mode::kNative, "2M+2M"},
      {"1G", Mode::kNative, "1G+1G"},
      {"THP", Mode::kNative, "THP+2M"},
      {"DS", Mode::kNativeDirect, "4K+4K"},
      {"4K+4K", Mode::kBaseVirtualized, "4K+4K"},
      {"4K+2M", Mode::kBaseVirtualized, "4K+2M"},
      {"4K+1G", Mode::kBaseVirtualized, "4K+1G"},
      {"2M+2M", Mode::kBaseVirtualized, "2M+2M"},
      {"2M+1G", Mode::kBaseVirtualized, "2M+1G"},
      {"1G+1G", Mode::kBaseVirtualized, "1G+1G"},
      {"THP+2M", Mode::kBaseVirtualized, "THP+2M"},
      {"DD", Mode::kDualDirect, "4K+4K"},
      {"4K+VD", Mode::kVmmDirect, "4K+4K"},
      {"2M+VD", Mode::kVmmDirect, "2M+2M"},
      {"THP+VD", Mode::kVmmDirect, "THP+2M"},
      {"4K+GD", Mode::kGuestDirect, "4K+4K"},
  };
  return all;
}

const Configuration& configuration(const std::string& name) {
  for (const Configuration& one : configurations())
    if (one.name == name) return one;
  throw std::out_of_range("no configuration " + name);
}

uint64_t RunLength::warmup() const {
  return scaled(kWarmup, scale);
}

uint64_t RunLength::references() const {
  return scaled(kReferences, scale);
}

std::string RunLength::text() const {
  return fmt::format("{} data references a run after {} of warm-up", references(), warmup());
}

Config paper_config(const std::string& workload, Mode mode, const std::string& pages,
                    const RunLength& length, const std::vector<std::string>& sets) {
  Config config = load_config({"", "", sets, {}}).config;
  config.workload = workload;
  config.mode = mode;
  config.paging.pages = parse_pages(pages);
  config.warmup = length.warmup();
  config.references = length.references();
  return config;
}

Cell figure_cell(const std::string& workload, const Configuration& configuration,
                 const RunLength& length) {
  return run_cell(figure_cell_name(workload, configuration.name),
                  paper_config(workload, configuration.mode, configuration.pages, length));
}

std::string figure_cell_name(const std::string& workload, const std::string& configuration) {
  return "run " + workload + " " + configuration;
}

RunFigures::RunFigures(const ResultCounts& counts)
    : overhead(overhead_of(counts)),
      cycles(counts.cycles),
      walks(counts.walks),
      walk_cycles(counts.walk_cycles),
      checks(counts.checks),
      references(counts.references),
      instructions(counts.instructions) {}

std::optional<double> RunFigures::cycles_a_walk() const {
  if (walks < kLeastWalks) return std::nullopt;
  return walk_cycles / walks;
}

std::string short_percent(double share) {
  const double value = 100 * share;
  if (value == 0) return "0 %";
  if (std::abs(value) >= 100) return fmt::format("{:.0f} %", value);
  if (std::abs(value) >= 1) return fmt::format("{:.1f} %", value);
  return fmt::format("{:.2g} %", value);
}

}  // namespace nestwalk
