// SPDX-License-Identifier: Apache-2.0
#include "sim/software/allocator/fragmentation.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "model/random/unit_fraction.h"

namespace nestwalk {
namespace {

/// Geometric, at least 1, with the mean given.
uint64_t draw_length(std::mt19937_64& random, double mean) {
  if (mean <= 1) return 1;
  const double drawn = std::log1p(-unit_fraction(random())) / std::log1p(-1 / mean);
  return 1 + static_cast<uint64_t>(drawn);
}

}  // namespace

void fragment(BuddyAllocator& memory, const FrameRun& run, const FragmentationConfig& config,
              uint64_t seed, FrameSet& immovable) {
  std::mt19937_64 random(seed);
  const auto total =
      static_cast<uint64_t>(std::floor(config.used * static_cast<double>(run.count)));
  // Longer where free runs would have to be shorter than a frame: or these would be used up early,
  // and what is left be one run in use.
  const double mean_used =
      std::max(static_cast<double>(config.mean_run), config.used / (1 - config.used));
  const double mean_free = mean_used * (1 - config.used) / std::max(config.used, 1e-9);
  uint64_t used_left = total;
  uint64_t free_left = run.count - total;
  for (uint64_t at = run.first; used_left != 0;) {
    const uint64_t gap = std::min(draw_length(random, mean_free), free_left);
    free_left -= gap;
    at += gap;
    const uint64_t length =
        free_left == 0 ? used_left : std::min(draw_length(random, mean_used), used_left);
    used_left -= length;
    const FrameRun used{at, length};
    memory.take(used);
    if (unit_fraction(random()) < config.immovable) immovable.set(used);
    at += length;
  }
}

}  // namespace nestwalk
