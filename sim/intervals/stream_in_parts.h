// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/config/config.h"
#include "sim/stream/shared_stream.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// A part of a stream, in data references as the run counts them: one that crosses a page is two.
struct StreamPart {
  uint64_t first_element;  ///< Where the warm-up begins.
  uint64_t skipped;        ///< Data references before that.
  uint64_t warmup;
  uint64_t length;                     ///< Data references after the warm-up.
  std::optional<uint64_t> references;  ///< `length`; unset: to the stream's end, as the run itself.
};

/// A stream cut into parts of equal numbers of data references.
class StreamInParts {
 public:
  /// Cuts what follows the configuration's own warm-up into `count` parts, each but the first with
  /// up to `warmup` data references before it. The stream, of that configuration, outlives this.
  /// Throws InputError if there are fewer references than parts.
  StreamInParts(const SharedStream& stream, const Config& config, size_t count, uint64_t warmup);

  const std::vector<StreamPart>& parts() const { return parts_; }

  /// The stream from a part's warm-up on, behind the register writes of all that is before it: the
  /// machine is then in the mode, VM and process that the whole run would be in. It must not
  /// outlive this.
  std::unique_ptr<Stream> open(const StreamPart& part) const;

 private:
  const SharedStream& stream_;
  std::vector<std::pair<uint64_t, Reference>> writes_;  ///< By element.
  std::vector<StreamPart> parts_;
};

}  // namespace nestwalk
