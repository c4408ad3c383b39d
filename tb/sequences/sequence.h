// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tb/bench/transaction.h"

namespace nestwalk::bench {

/// What the driver does, a step at a time. A sequence knows nothing of pins or of what the design
/// is: the same ones drive the RTL and the model.
class Sequence {
 public:
  struct Step {
    enum class Kind : uint8_t { kRequest, kReset, kEnd };
    Kind kind = Kind::kRequest;
    Request request;  ///< Of a reset `idle` alone.
  };
  /// How long answers are taken, and refused, at a stretch: random up to these, in cycles.
  struct Readiness {
    uint32_t longest_run = 8;
    uint32_t longest_stall = 2;
    uint32_t longest_rare_stall = 0;  ///< Of one stall in twenty; 0: there are none.
  };

  virtual ~Sequence() = default;
  virtual Step next() = 0;
  virtual Readiness readiness() { return {}; }
};

/// Sequences by name: what they are for stands in doc/testplan.md.
std::vector<std::string> sequence_names();
/// `length`: about how many requests. nullptr: there is none of that name.
std::unique_ptr<Sequence> make_sequence(const std::string& name, const Parameters& parameters,
                                        uint64_t seed, uint64_t length);

}  // namespace nestwalk::bench
