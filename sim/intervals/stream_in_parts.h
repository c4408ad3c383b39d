// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/config/config.h"
#include "sim/stream/stream.h"
#include "sim/stream/trace.h"

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
  /// Opens the stream anew, each time the same.
  using Open = std::function<std::unique_ptr<Stream>()>;

  /// Cuts what follows the configuration's own warm-up into `count` parts, each but the first with
  /// up to `warmup` data references before it. Reads the stream, which is of that configuration,
  /// twice. Throws InputError if there are fewer references than parts, and what `on_read` throws.
  StreamInParts(Open open, const Config& config, size_t count, uint64_t warmup,
                const OnRead& on_read = {});

  const std::vector<StreamPart>& parts() const { return parts_; }

  /// The stream from a part's warm-up on, behind the register writes of all that is before it: the
  /// machine is then in the mode, VM and process that the whole run would be in. It must not
  /// outlive this.
  std::unique_ptr<Stream> open(const StreamPart& part) const;

 private:
  Open open_;
  std::vector<std::pair<uint64_t, Reference>> writes_;  ///< By element.
  std::vector<StreamPart> parts_;
};

}  // namespace nestwalk
