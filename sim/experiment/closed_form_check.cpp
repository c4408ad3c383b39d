// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/closed_form_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/linear/closed_form.h"
#include "sim/config/keys.h"
#include "sim/config/presets.h"
#include "sim/config/words.h"

namespace nestwalk {
namespace {

constexpr uint64_t kCyclesPerRead = 100;

int levels_below(int levels, PageSize leaf) {
  return levels - static_cast<int>(leaf);
}

/// What all walks of a run should have read and checked.
class Expectation {
 public:
  explicit Expectation(const RunResult& result)
      : config_(result.config),
        walks_(result.walks),
        pages_(config_.paging.pages.in(config_.mode)),
        dimensions_{is_virtualized(config_.mode), has_guest_segment(config_.mode),
                    has_vmm_segment(config_.mode)} {}

  ClosedForm sum() {
    for (const SegmentClass segments : {SegmentClass::kNeither, SegmentClass::kVmmOnly})
      add_guest_paged(segments);
    add(SegmentClass::kGuestOnly, count(SegmentClass::kGuestOnly), PageSize::k4K);
    return sum_;
  }

 private:
  uint64_t count(SegmentClass segments) const {
    return walks_.by_class[static_cast<size_t>(segments)];
  }

  void add_guest_paged(SegmentClass segments) {
    const uint64_t all = count(segments);
    if (pages_.guest != GuestPages::kThp)
      return add(segments, all, static_cast<PageSize>(pages_.guest));
    // Of THP's two sizes only walks to a 4K page read an entry of the guest's level 1. One class at
    // most is paged by the guest where nothing escapes.
    const uint64_t small = std::min(walks_.references[1][0], all);
    add(segments, small, PageSize::k4K);
    add(segments, all - small, PageSize::k2M);
  }

  void add(SegmentClass segments, uint64_t walks, PageSize guest_page) {
    if (walks == 0) return;
    const PagingConfig& paging = config_.paging;
    const ClosedForm one =
        closed_form(dimensions_, segments, levels_below(paging.guest_levels, guest_page),
                    levels_below(paging.nested_levels, pages_.nested.value_or(PageSize::k4K)));
    sum_.references += walks * one.references;
    sum_.checks += walks * one.checks;
  }

  const Config& config_;
  const WalkStatistics& walks_;
  Pages pages_;
  WalkDimensions dimensions_;
  ClosedForm sum_;
};

}  // namespace

Config closed_form_config(const Config& config) {
  Config result;
  for (const Setting& setting : find_preset("closed-form").settings)
    find_key(setting.key)->set(result, setting.value);
  result.preset = "closed-form";
  result.mode = config.mode;
  result.trace = config.trace;
  result.workload = config.workload;
  result.skip = config.skip;
  result.references = config.references;
  result.warmup = config.warmup;
  result.seed = config.seed;
  result.paging = config.paging;
  result.core.count = config.core.count;
  result.software.primary_region = config.software.primary_region;
  return result;
}

std::string closed_form_breach(const RunResult& result) {
  const WalkStatistics& walks = result.walks;
  const ClosedForm expected = Expectation(result).sum();
  std::string breach;
  const auto compare = [&](const char* what, uint64_t is, uint64_t should) {
    if (is == should) return;
    breach += fmt::format("{}{} {} instead of {}", breach.empty() ? "" : ", ", is, what, should);
  };
  compare("table reads", walks.memory_references, expected.references);
  compare("segment checks", walks.segment_checks, expected.checks);
  compare("walk cycles", walks.cycles, kCyclesPerRead * expected.references + expected.checks);
  if (breach.empty()) return {};
  return fmt::format("{}: {} walks, {}", to_string(result.config.mode), walks.walks, breach);
}

}  // namespace nestwalk
