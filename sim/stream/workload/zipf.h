// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sim/stream/workload/random.h"

namespace nestwalk {

/// Zipf's law on ranks 0 to count - 1: rank k has weight (k + 1)^-exponent. Drawn by rejection
/// from the integral of x^-exponent (Hoermann and Derflinger 1996), without tables.
class Zipf {
 public:
  /// `exponent` is above 0.
  Zipf(uint64_t count, double exponent)
      : exponent_(exponent),
        count_(static_cast<double>(count)),
        low_(integral(1.5) - 1),
        high_(integral(count_ + 0.5)) {}

  uint64_t operator()(Random& random) const {
    for (;;) {
      const double area = low_ + random.fraction() * (high_ - low_);
      const double rank = std::min(std::max(std::floor(inverse(area) + 0.5), 1.0), count_);
      if (area >= integral(rank + 0.5) - std::pow(rank, -exponent_))
        return static_cast<uint64_t>(rank) - 1;
    }
  }

 private:
  /// Of x^-exponent, from 1; its inverse.
  double integral(double x) const {
    const double log = std::log(x);
    const double power = (1 - exponent_) * log;
    return std::abs(power) < 1e-9 ? log : std::expm1(power) / (1 - exponent_);
  }
  double inverse(double area) const {
    const double scaled = area * (1 - exponent_);
    return std::abs(scaled) < 1e-9 ? std::exp(area)
                                   : std::exp(std::log1p(scaled) / (1 - exponent_));
  }

  double exponent_;
  double count_;
  double low_;
  double high_;
};

}  // namespace nestwalk
