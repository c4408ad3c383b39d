// SPDX-License-Identifier: Apache-2.0
#include "sim/report/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "sim/report/number_text.h"

namespace nestwalk {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(250);

}  // namespace

Progress::Progress(std::string unit, std::optional<uint64_t> total, bool quiet)
    : unit_(std::move(unit)),
      total_(total),
      on_terminal_(!quiet && isatty(STDERR_FILENO) != 0),
      began_(Clock::now()),
      next_(began_ + kInterval) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::update(uint64_t done) {
  if (!on_terminal_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  const double rate = static_cast<double>(done) / seconds;
  std::string text = fmt::format("\r\033[K{} {}, {:.1f} M/s", with_commas(done), unit_, rate / 1e6);
  if (total_ && *total_ != 0 && done != 0) {
    const double left = static_cast<double>(*total_ - std::min(done, *total_)) / rate;
    text += fmt::format(", {:.0f} %, {:.0f} s left",
                        100.0 * static_cast<double>(done) / static_cast<double>(*total_), left);
  }
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace nestwalk
