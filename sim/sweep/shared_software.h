// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/config/config.h"
#include "sim/software/software_setup.h"
#include "sim/software/software_side.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// All that decides the software side with which a run begins. It is what that is built from, not a
/// list of keys: whatever it comes to depend on is part of this.
struct SoftwareInputs {
  SoftwareSetup common;
  std::optional<ManagedSoftwareConfig> managed;  ///< Unset: the simple software side.
  uint64_t memory;                               ///< Bytes of all hosts.
};

bool operator==(const SoftwareInputs& a, const SoftwareInputs& b);
/// Some order, for maps.
bool operator<(const SoftwareInputs& a, const SoftwareInputs& b);

/// A software side, built once: memory laid out, by the managed one fragmented too, the VM made,
/// its first tables written, its bad pages chosen. Each process that is forked from this one may
/// run on it; the host copies what a run changes.
class SharedSoftware {
 public:
  /// Nothing where a run builds its own: for streams beside each other, and for what does not fit
  /// the stream.
  static std::optional<SoftwareInputs> inputs(const Config& config, const Stream& stream);

  /// Throws InputError as building it for the run would.
  SharedSoftware(const Config& config, const Stream& stream);

  /// For one run of this process; empty if the run would build another one.
  std::shared_ptr<SoftwareSide> lend(const Config& config, const Stream& stream) const;

 private:
  std::optional<SoftwareInputs> inputs_;
  std::shared_ptr<SoftwareSide> side_;
};

}  // namespace nestwalk
