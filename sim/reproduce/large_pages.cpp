// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sim/config/words.h"
#include "sim/reproduce/extras.h"

namespace nestwalk {
namespace {

constexpr Mode kModesWithPages[] = {Mode::kNative,    Mode::kNativeDirect, Mode::kBaseVirtualized,
                                    Mode::kVmmDirect, Mode::kGuestDirect,  Mode::kDualDirect};
constexpr const char* kPagePairs[] = {"4K+4K", "4K+2M", "4K+1G", "2M+2M",
                                      "2M+1G", "1G+1G", "THP+2M"};

/// What a mode makes no difference of is run once: the nested size natively and in vmm-direct, both
/// where every miss ends in the segments.
std::string effective(Mode mode, const std::string& pages) {
  if (mode == Mode::kDualDirect || mode == Mode::kNativeDirect) return "4K+4K";
  if (mode != Mode::kNative && mode != Mode::kVmmDirect) return pages;
  const std::string guest = pages.substr(0, pages.find('+'));
  return guest == "THP" ? "THP+2M" : guest + "+" + guest;
}

std::string name(const std::string& workload, Mode mode, const std::string& pages) {
  return fmt::format("pages {} {} {}", workload, to_string(mode), pages);
}

class LargePages : public Experiment {
 public:
  explicit LargePages(const RunLength& length) : length_{length.scale / 2} {}

  void plan(Campaign& campaign) const override {
    for (const std::string& workload : all_workloads())
      for (const Mode mode : kModesWithPages)
        for (const char* pair : kPagePairs) {
          const std::string pages = effective(mode, pair);
          campaign.add(
              run_cell(name(workload, mode, pages), paper_config(workload, mode, pages, length_)));
        }
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    std::string csv = "workload,mode,pages,walks,walk_cycles,cycles,overhead\n";
    std::string text =
        "## Page sizes in every mode\n\n"
        "Overheads as in the figures (walk cycles / all other cycles): 2M and 1G pages under "
        "big-memory workloads, THP under compute workloads, and the rest of the product. The "
        "paper's L2 TLB holds 4K pages only, and its L1 TLB 32 of 2M and 4 of 1G. Natively and in "
        "vmm-direct the nested size plays no part, and is run as the guest's; native-direct and "
        "dual-direct, whose misses end in the segments, are run at 4K+4K alone. " +
        length_.text() + ".\n\n";
    for (const std::string& workload : all_workloads()) {
      std::string head = fmt::format("| {} |", workload);
      std::string rule = "| --- |";
      for (const char* pages : kPagePairs) {
        head += fmt::format(" {} |", pages);
        rule += " ---: |";
      }
      text += head + "\n" + rule + "\n";
      for (const Mode mode : kModesWithPages) {
        text += fmt::format("| {} |", to_string(mode));
        for (const char* pages : kPagePairs) {
          const RunFigures run(campaign.result(name(workload, mode, effective(mode, pages))));
          text += fmt::format(" {} |", short_percent(run.overhead));
          csv += fmt::format("{},{},{},{:.0f},{:.0f},{:.0f},{:.6f}\n", workload, to_string(mode),
                             pages, run.walks, run.walk_cycles, run.cycles, run.overhead);
        }
        text += "\n";
      }
      text += "\n";
    }
    directory.write("page-sizes.csv", csv);
    return text;
  }

 private:
  RunLength length_;
};

}  // namespace

std::unique_ptr<Experiment> large_pages(const RunLength& length) {
  return std::make_unique<LargePages>(length);
}

}  // namespace nestwalk
