// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "sim/experiment/verification.h"
#include "sim/io/units.h"
#include "sim/plot/heat_map.h"
#include "sim/reproduce/extras.h"
#include "sim/reproduce/tables.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

struct Machine {
  std::string name;
  std::string pages;
  std::vector<std::string> sets;
};

const std::vector<Machine>& machines() {
  static const std::vector<Machine> all{
      {"paper, 4K+4K", "4K+4K", {}},
      {"paper, 4K+2M", "4K+2M", {}},
      {"paper, 2M+2M", "2M+2M", {}},
      {"checks of 0 cycles", "4K+4K", {"latency.segment_check=0"}},
      {"checks of 3 cycles", "4K+4K", {"latency.segment_check=3"}},
      {"nested TLB of its own", "4K+4K", {"nested_tlb.kind=dedicated"}},
      {"no nested TLB", "4K+4K", {"nested_tlb.kind=none"}},
      {"no structure caches",
       "4K+4K",
       {"guest_structure_cache.enabled=false", "nested_structure_cache.enabled=false"}},
      {"neither of the two",
       "4K+4K",
       {"guest_structure_cache.enabled=false", "nested_structure_cache.enabled=false",
        "nested_tlb.kind=none"}},
      {"L2 TLB of 2048", "4K+4K", {"l2_tlb.entries=2048"}},
      {"L3 of 60 MiB", "4K+4K", {"memory.l3.size=60MiB"}},
  };
  return all;
}

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kFootprints[] = {4 * kMiB,    16 * kMiB,   64 * kMiB,    256 * kMiB,
                                    1024 * kMiB, 4096 * kMiB, 16384 * kMiB, 65536 * kMiB};
constexpr const char* kDirectModes[] = {"vmm-direct", "guest-direct"};

std::string cell_name(const Machine& machine, uint64_t footprint) {
  return fmt::format("region {}, {}", machine.name, format_size(footprint));
}

class ModelRegion : public Experiment {
 public:
  explicit ModelRegion(const RunLength& length) : length_{length.scale / 5} {}

  void plan(Campaign& campaign) const override {
    for (const Machine& machine : machines())
      for (const uint64_t footprint : kFootprints) {
        const std::string chase = fmt::format("chase:size={},stride=4160", footprint);
        campaign.add(verification_cell(
            cell_name(machine, footprint),
            paper_config(chase, Mode::kNative, machine.pages, length_, machine.sets)));
      }
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    HeatMap map;
    map.title = "Where the linear model holds";
    map.subtitle =
        "simulated walk cycles over predicted ones, less 1, in percent; "
        "a random pointer chase over a region; blank: no walk";
    map.row_name = "machine";
    map.column_name = "region";
    for (const Machine& machine : machines()) map.rows.push_back(machine.name);
    for (const uint64_t footprint : kFootprints) map.columns.push_back(format_size(footprint));
    std::string csv = "machine,footprint_bytes,c_n,mode,error,miss_count,walk_cost,check_cost\n";
    std::string text =
        "## The region in which the linear model holds\n\n"
        "`nestwalk verify` of a dependent random chase over regions of 4 MiB to 64 GiB, on the "
        "paper's machine and with one of its parts changed. " +
        length_.text() + ".\n\n![errors](model-region.svg)\n\n";
    for (const char* mode : kDirectModes) {
      HeatMap::Panel panel{
          fmt::format("{}, error in percent", mode), HeatMap::Scale::kDiverging, 30, {}, 1};
      size_t within = 0;
      size_t all = 0;
      for (const Machine& machine : machines()) {
        panel.values.emplace_back();
        for (const uint64_t footprint : kFootprints) {
          const Json& result = campaign.result(cell_name(machine, footprint));
          const Json& found = result.at("modes").at(mode);
          if (found.at("error").is_null()) {
            panel.values.back().push_back(std::nullopt);
            continue;
          }
          const double error = found.at("error");
          panel.values.back().push_back(100 * error);
          ++all;
          within += std::abs(error) <= VerificationSpec{}.tolerance ? 1 : 0;
          const Json& because = found.at("because");
          csv += fmt::format(
              "\"{}\",{},{:.2f},{},{:.5f},{:.5f},{:.5f},{:.5f}\n", machine.name, footprint,
              result.at("c_n").get<double>(), mode, error, because.at("miss_count").get<double>(),
              because.at("walk_cost").get<double>(), because.at("check_cost").get<double>());
        }
      }
      text += fmt::format("{}: within 5 % in {} of {} cells.\n\n", mode, within, all);
      map.panels.push_back(panel);
    }
    directory.write("model-region.csv", csv);
    directory.write("model-region.svg", to_svg(map));
    return text;
  }

 private:
  RunLength length_;
};

}  // namespace

std::unique_ptr<Experiment> model_region(const RunLength& length) {
  return std::make_unique<ModelRegion>(length);
}

}  // namespace nestwalk
