// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/silicon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/config/load.h"
#include "sim/config/units.h"
#include "sim/plot/heat_map.h"
#include "sim/reproduce/measured_latencies.h"

namespace nestwalk {
namespace {

using nlohmann::json;

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;

// What is asked of the model.
constexpr double kMedianGoal = 0.08;
constexpr double kBound = 0.20;
constexpr double kShareGoal = 0.9;

/// Colors of the operating system's free lists: a page keeps those bits of its number that choose a
/// set of the L2 cache, 256 KiB in 8 ways being 8 pages a way.
constexpr uint32_t kPageColors = 8;

/// Rounds until caches and TLBs hold what they will hold. What is far larger than the L3 never
/// comes to rest there, and a part of a round fills it.
constexpr uint64_t kWarmRounds = 2;
constexpr uint64_t kFarLarger = 64 * kMiB;
constexpr double kMostWarmup = 2200000;
constexpr double kMostWarmupFarLarger = 700000;
constexpr double kMostReferences = 400000;
constexpr uint64_t kLeastReferences = 4000;

struct Point {
  uint64_t size;
  uint64_t stride;
  double measured;
};

std::vector<Point> points() {
  std::vector<Point> all;
  for (const measured::Row& row : measured::kRows)
    for (size_t i = 0; i < measured::kStrides.size(); ++i)
      if (row.cycles[i] != 0)
        all.push_back({row.size, measured::kStrides[i], static_cast<double>(row.cycles[i])});
  return all;
}

std::string name_of(uint64_t size, uint64_t stride) {
  return "latency " + format_size(size) + " by " + format_size(stride);
}

/// `16K`, `0.25K`, `8`.
std::string short_size(uint64_t size, bool of_region) {
  if (of_region) return fmt::format("{:g}K", static_cast<double>(size) / kKiB);
  return size < kKiB ? fmt::format("{}", size) : fmt::format("{}K", size / kKiB);
}

/// One of the steps that the TLBs leave in the surface.
struct Step {
  std::string what;
  std::string measured;
  double simulated;
  double least;
  double most;

  bool holds() const { return least <= simulated && simulated <= most; }
};

class Silicon : public Experiment {
 public:
  explicit Silicon(double scale) : scale_(scale) {}

  void plan(Campaign& campaign) const override {
    for (const Point& point : points()) campaign.add(cell(point));
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    directory.write("silicon.csv", csv(campaign));
    directory.write("silicon.svg", to_svg(heat_map(campaign)));
    return page(campaign);
  }

 private:
  struct Latency {
    double all;          ///< Load to use, cycles.
    double translation;  ///< Of it, past an L1 TLB hit.
  };

  Cell cell(const Point& point) const {
    Config config = load_config({{}, "sandy-bridge-ep", {}, {}}).config;
    const uint64_t round = std::max<uint64_t>(1, point.size / point.stride);
    const auto at_most = [this](uint64_t wish, double most) {
      return std::max(kLeastReferences,
                      std::min(wish, static_cast<uint64_t>(std::llround(most * scale_))));
    };
    const bool far_larger = point.size >= kFarLarger;
    config.warmup = at_most(kWarmRounds * round, far_larger ? kMostWarmupFarLarger : kMostWarmup);
    config.references = at_most(round, kMostReferences);
    config.workload = fmt::format("chase:size={},stride={},references={}", point.size, point.stride,
                                  config.warmup + *config.references);
    config.paging.pages = parse_pages("4K");
    config.software.scattered_frames = true;
    config.software.page_colors = kPageColors;
    return run_cell(name_of(point.size, point.stride), config);
  }

  static Latency latency(const Campaign& campaign, uint64_t size, uint64_t stride) {
    const json& result = campaign.result(name_of(size, stride));
    const double references = result.at("references");
    const double stall = result.at("stall_cycles").get<double>() / references;
    // cycles = instructions x 1 + what loads took past the L1D + stall: every load waits for the
    // one before it.
    const double all =
        (result.at("cycles").get<double>() - result.at("instructions").get<double>()) / references;
    return {kL1d + all, stall};
  }

  static double error(const Campaign& campaign, const Point& point) {
    return latency(campaign, point.size, point.stride).all / point.measured - 1;
  }

  static std::string csv(const Campaign& campaign) {
    std::string text =
        "size_bytes,stride_bytes,measured_cycles,simulated_cycles,of_it_translation,error\n";
    for (const Point& point : points()) {
      const Latency simulated = latency(campaign, point.size, point.stride);
      text +=
          fmt::format("{},{},{:g},{:.2f},{:.2f},{:.4f}\n", point.size, point.stride, point.measured,
                      simulated.all, simulated.translation, error(campaign, point));
    }
    return text;
  }

  static HeatMap heat_map(const Campaign& campaign) {
    HeatMap map;
    map.title = "Random-read latency of Sandy Bridge EP: silicon and model";
    map.subtitle = "core cycles by region and stride; 4K pages; measured by AIDA64 (InstLatx64)";
    map.row_name = "region";
    map.column_name = "stride";
    for (const measured::Row& row : measured::kRows) map.rows.push_back(short_size(row.size, true));
    for (const uint64_t stride : measured::kStrides)
      map.columns.push_back(short_size(stride, false));
    HeatMap::Panel measured{"measured, cycles", HeatMap::Scale::kLogarithmic, 1, {}, 0};
    HeatMap::Panel simulated{"simulated, cycles", HeatMap::Scale::kLogarithmic, 1, {}, 0};
    HeatMap::Panel errors{"error of the model, percent", HeatMap::Scale::kDiverging, 50, {}, 0};
    for (const measured::Row& row : measured::kRows) {
      for (HeatMap::Panel* panel : {&measured, &simulated, &errors}) panel->values.emplace_back();
      for (size_t i = 0; i < measured::kStrides.size(); ++i) {
        const bool there = row.cycles[i] != 0;
        const Point point{row.size, measured::kStrides[i], static_cast<double>(row.cycles[i])};
        const auto add = [there](HeatMap::Panel& panel, auto value) {
          panel.values.back().push_back(there ? std::optional<double>(value()) : std::nullopt);
        };
        add(measured, [&] { return point.measured; });
        add(simulated, [&] { return latency(campaign, point.size, point.stride).all; });
        add(errors, [&] { return 100 * error(campaign, point); });
      }
    }
    map.panels = {measured, simulated, errors};
    return map;
  }

  static double measured_at(uint64_t size, uint64_t stride) {
    for (const Point& point : points())
      if (point.size == size && point.stride == stride) return point.measured;
    return 0;
  }

  static std::vector<Step> steps(const Campaign& campaign) {
    const auto rise = [&](const std::string& what, uint64_t from, uint64_t to, uint64_t stride,
                          double least, double most) {
      return Step{what, fmt::format("{:+.0f}", measured_at(to, stride) - measured_at(from, stride)),
                  latency(campaign, to, stride).all - latency(campaign, from, stride).all, least,
                  most};
    };
    std::vector<Step> all;
    all.push_back(
        rise("L2 TLB hit: 256 KiB to 512 KiB at stride 16 KiB, 32 pages in 4 sets of "
             "the L1 TLB",
             256 * kKiB, 512 * kKiB, 16 * kKiB, 6, 8));
    for (const uint64_t stride : {4 * kKiB, 8 * kKiB, 16 * kKiB})
      all.push_back(rise(fmt::format("near walk: 2 MiB to 4 MiB at stride {}, past 512 pages",
                                     format_size(stride)),
                         2 * kMiB, 4 * kMiB, stride, 8, 12));
    for (const uint64_t stride : {4 * kKiB, 8 * kKiB, 16 * kKiB})
      all.push_back(
          {fmt::format("far walk: 512 MiB at stride {}, over plain memory", format_size(stride)),
           "+50 to 60", latency(campaign, 512 * kMiB, stride).translation, 50, 60});
    return all;
  }

  std::string page(const Campaign& campaign) const {
    std::vector<double> errors;
    std::string outside;
    for (const Point& point : points()) {
      const double signed_error = error(campaign, point);
      errors.push_back(std::abs(signed_error));
      if (std::abs(signed_error) > kBound)
        outside +=
            fmt::format("| {} | {} | {:g} | {:.0f} | {:+.0f} % |\n", short_size(point.size, true),
                        short_size(point.stride, false), point.measured,
                        latency(campaign, point.size, point.stride).all, 100 * signed_error);
    }
    std::sort(errors.begin(), errors.end());
    const double median = (errors[errors.size() / 2] + errors[(errors.size() - 1) / 2]) / 2;
    const auto within = static_cast<double>(std::upper_bound(errors.begin(), errors.end(), kBound) -
                                            errors.begin());
    const double share = within / static_cast<double>(errors.size());

    std::string text = fmt::format(
        "## Silicon: the latency surface\n\n"
        "The same pointer chase over every region and stride, on the preset `sandy-bridge-ep`, "
        "beside {} cells measured on a Sandy Bridge EP. No parameter was fitted to a cell; "
        "doc/silicon.md says where each comes from and what stays unexplained. A cell is up to "
        "{:.0f} loads after two "
        "rounds or {:.0f} loads of warm-up.\n\n"
        "![measured and simulated latency](silicon.svg)\n\n"
        "| | goal | found | |\n| --- | --- | --- | --- |\n"
        "| median error | at most {:.0f} % | {:.1f} % | {} |\n"
        "| cells within {:.0f} % | at least {:.0f} % | {:.1f} % | {} |\n",
        errors.size(), kMostReferences * scale_, kMostWarmup * scale_, 100 * kMedianGoal,
        100 * median, verdict(median <= kMedianGoal), 100 * kBound, 100 * kShareGoal, 100 * share,
        verdict(share >= kShareGoal));
    text += "\n| step of the TLBs | measured | simulated | |\n| --- | --- | --- | --- |\n";
    for (const Step& step : steps(campaign))
      text += fmt::format("| {} | {} | {:+.1f} | {} |\n", step.what, step.measured, step.simulated,
                          verdict(step.holds()));
    if (!outside.empty())
      text += fmt::format(
          "\nCells off by more than {:.0f} %:\n\n"
          "| region | stride | measured | simulated | error |\n| --- | --- | --- | --- | --- |\n{}",
          100 * kBound, outside);
    return text + "\nAll cells: `silicon.csv`.\n";
  }

  static const char* verdict(bool holds) { return holds ? "met" : "missed"; }

  static constexpr double kL1d = LatencyTable{}.l1d;

  double scale_;
};

}  // namespace

std::unique_ptr<Experiment> silicon_experiment(const RunLength& length) {
  return std::make_unique<Silicon>(length.scale);
}

}  // namespace nestwalk
