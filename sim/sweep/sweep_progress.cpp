// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "sim/report/number_text.h"

namespace nestwalk {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(250);

std::string duration(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds + 0.5);
  if (whole < 120) return fmt::format("{} s", whole);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

SweepProgress::SweepProgress(int64_t points)
    : points_(points),
      on_terminal_(isatty(STDERR_FILENO) != 0),
      began_(Clock::now()),
      next_(began_) {}

SweepProgress::~SweepProgress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

double SweepProgress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - began_).count();
}

void SweepProgress::note(int64_t number, const PointOutcome& outcome) {
  ++finished_;
  if (outcome.result.is_null()) {
    if (failed_++ == 0) first_reason_ = fmt::format("point {}: {}", number, outcome.reason);
  } else {
    const uint64_t cycles = outcome.result.at("cycles");
    if (!best_ || cycles < best_->cycles) best_ = Best{number, cycles};
  }
  if (!on_terminal_ || Clock::now() < next_) return;
  const double left =
      seconds() / static_cast<double>(finished_) * static_cast<double>(points_ - finished_);
  std::string line =
      fmt::format("{} of {} points, {} left", with_commas(static_cast<uint64_t>(finished_)),
                  with_commas(static_cast<uint64_t>(points_)), duration(left));
  if (failed_ != 0) line += fmt::format(", {} failed", failed_);
  if (best_)
    line += fmt::format(", best: point {}, {} cycles", best_->number, with_commas(best_->cycles));
  show(line);
}

void SweepProgress::say(const std::string& what) {
  if (on_terminal_) show(what);
}

void SweepProgress::show(const std::string& line) {
  next_ = Clock::now() + kInterval;
  shown_ = true;
  std::fputs(("\r\033[K" + line).c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace nestwalk
