// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep_progress.h"

#include <fmt/format.h>

#include <utility>

#include "sim/report/number_text.h"

namespace nestwalk {

SweepProgress::SweepProgress(int64_t points, std::optional<BestPoint> best)
    : points_(points), best_(best) {}

void SweepProgress::note(int64_t number, const PointOutcome& outcome) {
  ++finished_;
  if (outcome.result.is_null()) {
    if (failed_++ == 0) first_reason_ = fmt::format("point {}: {}", number, outcome.reason);
  } else {
    const uint64_t cycles = outcome.result.at("cycles");
    if (!best_ || std::pair(cycles, number) < std::pair(best_->cycles, best_->number))
      best_ = BestPoint{number, cycles};
  }
  if (line_.is_due()) show();
}

void SweepProgress::show() {
  std::string text = fmt::format("{} of {} points", with_commas(static_cast<uint64_t>(finished_)),
                                 with_commas(static_cast<uint64_t>(points_)));
  if (finished_ != 0)
    text += fmt::format(", {} left", duration(seconds() / static_cast<double>(finished_) *
                                              static_cast<double>(points_ - finished_)));
  if (failed_ != 0) text += fmt::format(", {} failed", failed_);
  if (best_)
    text += fmt::format(", best: point {}, {} cycles", best_->number, with_commas(best_->cycles));
  line_.show(text);
}

}  // namespace nestwalk
