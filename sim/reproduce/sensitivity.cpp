// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "sim/config/words.h"
#include "sim/reproduce/extras.h"

namespace nestwalk {
namespace {

/// One change of the paper's machine, as `--set` takes it; empty: none.
struct Variant {
  std::string name;
  std::vector<std::string> sets;
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all{
      {"as remembered", {}},
      {"latency.l3 = 28", {"latency.l3=28"}},
      {"latency.l3 = 60", {"latency.l3=60"}},
      {"latency.memory = 120", {"latency.memory=120"}},
      {"latency.memory = 300", {"latency.memory=300"}},
      {"latency.l2 = 20", {"latency.l2=20"}},
      {"memory.l2.size = 128KiB", {"memory.l2.size=128KiB"}},
      {"memory.l2.size = 1MiB", {"memory.l2.size=1MiB"}},
      {"memory.l3.size = 7680KiB", {"memory.l3.size=7680KiB"}},
      {"memory.l3.size = 30MiB", {"memory.l3.size=30MiB"}},
      {"latency.segment_check = 0", {"latency.segment_check=0"}},
      {"latency.segment_check = 3", {"latency.segment_check=3"}},
      {"latency.segment_completion = 1", {"latency.segment_completion=1"}},
      {"latency.structure_cache = 6", {"latency.structure_cache=6"}},
      {"latency.nested_tlb = 1", {"latency.nested_tlb=1"}},
      {"nested_tlb.kind = dedicated", {"nested_tlb.kind=dedicated"}},
      {"nested_tlb.kind = none", {"nested_tlb.kind=none"}},
      {"PDE caches of 8",
       {"guest_structure_cache.pde_entries=8", "nested_structure_cache.pde_entries=8"}},
      {"PDE caches of 128",
       {"guest_structure_cache.pde_entries=128", "nested_structure_cache.pde_entries=128"}},
      {"no structure caches",
       {"guest_structure_cache.enabled=false", "nested_structure_cache.enabled=false"}},
      {"TLBs of tree PLRU", {"l1_tlb.replacement=tree-plru", "l2_tlb.replacement=tree-plru"}},
      {"data not through the caches", {"memory.data_path=false"}},
  };
  return all;
}

const std::vector<std::string> kWorkloads{"gups", "graph500", "mcf", "omnetpp"};
constexpr Mode kComparedModes[] = {Mode::kNative, Mode::kBaseVirtualized, Mode::kVmmDirect,
                                   Mode::kGuestDirect, Mode::kDualDirect};

std::string cell_name(const std::string& workload, Mode mode, const Variant& variant) {
  return fmt::format("sensitivity {} {} {}", workload, to_string(mode), variant.name);
}

/// Over the workloads whose runs say anything.
class Mean {
 public:
  void add(std::optional<double> value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  /// As `format` writes it, with how many workloads it is of where that is not all.
  std::string text(const char* format, double scale = 1) const {
    if (count_ == 0) return "-";
    const std::string value = fmt::format(fmt::runtime(format), scale * mean());
    return count_ == kWorkloads.size() ? value : fmt::format("{} (of {})", value, count_);
  }
  /// Empty where it is of none.
  std::string csv(const char* format) const {
    return count_ == 0 ? "" : fmt::format(fmt::runtime(format), mean());
  }

 private:
  double mean() const { return sum_ / static_cast<double>(count_); }

  double sum_ = 0;
  size_t count_ = 0;
};

/// What the paper concludes, of one variant.
struct Conclusions {
  Mean native_walk;
  Mean two_dimensions;  ///< Cycles a walk, x native.
  Mean vmm_direct;
  Mean guest_direct;
  Mean vmm_direct_time;  ///< Slow-down against native.
  Mean dual_direct_time;
};

class Sensitivity : public Experiment {
 public:
  explicit Sensitivity(const RunLength& length) : length_{length.scale / 3} {}

  void plan(Campaign& campaign) const override {
    for (const Variant& variant : variants())
      for (const std::string& workload : kWorkloads)
        for (const Mode mode : kComparedModes)
          campaign.add(run_cell(cell_name(workload, mode, variant),
                                paper_config(workload, mode, "4K+4K", length_, variant.sets)));
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    std::string csv =
        "variant,c_n,two_dimensions,vmm_direct,guest_direct,vmm_direct_slow_down,"
        "dual_direct_slow_down\n";
    std::string table =
        "| parameter | C_n | 2D walk, x native | vmm-direct walk, x native | guest-direct walk, x "
        "native | time of vmm-direct over native | time of dual-direct over native |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    for (const Variant& variant : variants()) {
      const Conclusions c = conclude(campaign, variant);
      csv += fmt::format("\"{}\",{},{},{},{},{},{}\n", variant.name, c.native_walk.csv("{:.3f}"),
                         c.two_dimensions.csv("{:.4f}"), c.vmm_direct.csv("{:.4f}"),
                         c.guest_direct.csv("{:.4f}"), c.vmm_direct_time.csv("{:.5f}"),
                         c.dual_direct_time.csv("{:.5f}"));
      table += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", variant.name,
                           c.native_walk.text("{:.1f}"), c.two_dimensions.text("{:.2f}"),
                           c.vmm_direct.text("{:.3f}"), c.guest_direct.text("{:.3f}"),
                           c.vmm_direct_time.text("{:+.2f} %", 100),
                           c.dual_direct_time.text("{:+.1f} %", 100));
    }
    directory.write("sensitivity.csv", csv);
    return "## Sensitivity to what is only remembered\n\n"
           "One parameter changed at a time; means over gups, graph500, mcf and omnetpp, pages "
           "4K+4K. Each line is to be held against the first, not against the statements above, "
           "which are of ten workloads. A conclusion that a line turns around hangs on a parameter "
           "that nobody has seen in print. " +
           length_.text() + ".\n\n" + table + "\n";
  }

 private:
  static Conclusions conclude(const Campaign& campaign, const Variant& variant) {
    Conclusions means;
    for (const std::string& workload : kWorkloads) {
      const auto run = [&](Mode mode) {
        return RunFigures(campaign.result(cell_name(workload, mode, variant)));
      };
      const RunFigures native = run(Mode::kNative);
      const std::optional<double> walk = native.cycles_a_walk();
      const auto ratio = [&](Mode mode) {
        const std::optional<double> other = run(mode).cycles_a_walk();
        return walk && other ? std::optional(*other / *walk) : std::nullopt;
      };
      means.native_walk.add(walk);
      means.two_dimensions.add(ratio(Mode::kBaseVirtualized));
      means.vmm_direct.add(ratio(Mode::kVmmDirect));
      means.guest_direct.add(ratio(Mode::kGuestDirect));
      means.vmm_direct_time.add(run(Mode::kVmmDirect).cycles / native.cycles - 1);
      means.dual_direct_time.add(run(Mode::kDualDirect).cycles / native.cycles - 1);
    }
    return means;
  }

  RunLength length_;
};

}  // namespace

std::unique_ptr<Experiment> sensitivity(const RunLength& length) {
  return std::make_unique<Sensitivity>(length);
}

}  // namespace nestwalk
