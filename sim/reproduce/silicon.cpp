// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/silicon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/config/load.h"
#include "sim/io/units.h"
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

/// Up to here a region fits the L1D and its pages the L1 TLB: every read takes the L1D's latency,
/// which is a parameter.
constexpr uint64_t kByConstruction = 32 * kKiB;
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
  bool calibrates = false;  ///< A parameter was inferred from it.

  const char* verdict() const {
    const bool holds = least <= simulated && simulated <= most;
    if (calibrates) return holds ? "calibration: reproduced" : "calibration: not reproduced";
    return holds ? "met" : "missed";
  }
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
    const bool far_larger = point.size >= kFarLarger;
    config.warmup = length(kWarmRounds * round, far_larger ? kMostWarmupFarLarger : kMostWarmup);
    config.references = length(round, kMostReferences);
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
    map.subtitle =
        "core cycles by region and stride, both in bytes; 4K pages; measured by AIDA64 "
        "(InstLatx64)";
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
    for (const uint64_t stride : {4 * kKiB, 8 * kKiB, 16 * kKiB}) {
      all.push_back(rise(fmt::format("near walk: 2 MiB to 4 MiB at stride {}, past 512 pages",
                                     format_size(stride)),
                         2 * kMiB, 4 * kMiB, stride, 8, 12));
      all.back().calibrates = true;
    }
    for (const uint64_t stride : {4 * kKiB, 8 * kKiB, 16 * kKiB})
      all.push_back(
          {fmt::format("far walk: 512 MiB at stride {}, over plain memory", format_size(stride)),
           "+50 to 60", latency(campaign, 512 * kMiB, stride).translation, 50, 60});
    return all;
  }

  std::string page(const Campaign& campaign) const {
    std::vector<double> errors;
    std::vector<double> larger;  // of regions past kByConstruction
    std::string outside;
    for (const Point& point : points()) {
      const double signed_error = error(campaign, point);
      errors.push_back(std::abs(signed_error));
      if (point.size > kByConstruction) larger.push_back(std::abs(signed_error));
      if (std::abs(signed_error) > kBound)
        outside +=
            fmt::format("| {} | {} | {:g} | {:.0f} | {:+.0f} % |\n", short_size(point.size, true),
                        short_size(point.stride, false), point.measured,
                        latency(campaign, point.size, point.stride).all, 100 * signed_error);
    }
    std::string text = fmt::format(
        "## Silicon: the latency surface\n\n"
        "The same pointer chase over every region and stride, on the preset `sandy-bridge-ep`, "
        "beside {} cells measured on a Sandy Bridge EP. Three parameters were inferred from this "
        "surface: `latency.l3`, `latency.structure_cache`, and the page colors (doc/silicon.md "
        "says how, and what stays unexplained). So it is a calibration where they rule, and a test "
        "of the model elsewhere.\n\n"
        "A cell is one round of its region, up to {} loads, after two rounds of warm-up: up to {} "
        "loads in regions below {}, up to {} in larger ones. No cell has less than {} of either."
        "\n\n"
        "![measured and simulated latency](silicon.svg)\n\n"
        "| | goal | found | |\n| --- | --- | --- | --- |\n",
        errors.size(), at_most(kMostReferences), at_most(kMostWarmup), format_size(kFarLarger),
        at_most(kMostWarmupFarLarger), kLeastReferences);
    text += goals("", errors);
    text += goals(
        fmt::format(", the {} of regions past {}", larger.size(), format_size(kByConstruction)),
        larger);
    text += fmt::format(
        "\nThe other {} cells fit the L1D and its TLB: they read its {:g} cycles, a parameter.\n",
        errors.size() - larger.size(), kL1d);
    text += "\n| step of the TLBs | measured | simulated | |\n| --- | --- | --- | --- |\n";
    for (const Step& step : steps(campaign))
      text += fmt::format("| {} | {} | {:+.1f} | {} |\n", step.what, step.measured, step.simulated,
                          step.verdict());
    text +=
        "\nCalibration: `latency.structure_cache` is solved from these rows, so they test nothing. "
        "The far walk's rows use it and `latency.l3` too, but were not used to choose them.\n";
    if (!outside.empty())
      text += fmt::format(
          "\nCells off by more than {:.0f} %:\n\n"
          "| region | stride | measured | simulated | error |\n| --- | --- | --- | --- | --- |\n{}",
          100 * kBound, outside);
    return text + "\nAll cells: `silicon.csv`.\n";
  }

  uint64_t length(uint64_t wish, double most) const {
    return std::clamp(wish, kLeastReferences, at_most(most));
  }

  /// How many of `most` at full length are run.
  uint64_t at_most(double most) const {
    return std::max(kLeastReferences, static_cast<uint64_t>(std::llround(most * scale_)));
  }

  /// Rows of the table of goals, for some of the cells.
  static std::string goals(const std::string& of_what, std::vector<double> errors) {
    std::sort(errors.begin(), errors.end());
    const double median = (errors[errors.size() / 2] + errors[(errors.size() - 1) / 2]) / 2;
    const auto within = static_cast<double>(std::upper_bound(errors.begin(), errors.end(), kBound) -
                                            errors.begin());
    const double share = within / static_cast<double>(errors.size());
    return fmt::format(
        "| median error{} | at most {:.0f} % | {:.1f} % | {} |\n"
        "| cells within {:.0f} %{} | at least {:.0f} % | {:.1f} % | {} |\n",
        of_what, 100 * kMedianGoal, 100 * median, verdict(median <= kMedianGoal), 100 * kBound,
        of_what, 100 * kShareGoal, 100 * share, verdict(share >= kShareGoal));
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
