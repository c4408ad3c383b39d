// SPDX-License-Identifier: Apache-2.0
#include "sim/report/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/report/number_text.h"

namespace nestwalk {

Progress::Progress(std::string unit, std::optional<uint64_t> total, bool quiet)
    : unit_(std::move(unit)), total_(total), line_(quiet) {}

void Progress::update(uint64_t done) {
  if (!line_.is_due()) return;
  const double rate = static_cast<double>(done) / line_.seconds();
  std::string text = fmt::format("{} {}, {:.1f} M/s", with_commas(done), unit_, rate / 1e6);
  if (total_ && *total_ != 0 && done != 0) {
    const double left = static_cast<double>(*total_ - std::min(done, *total_)) / rate;
    text += fmt::format(", {:.0f} %, {} left",
                        100.0 * static_cast<double>(done) / static_cast<double>(*total_),
                        duration(left));
  }
  line_.show(text);
}

}  // namespace nestwalk
