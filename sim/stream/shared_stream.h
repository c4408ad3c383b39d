// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/config/config.h"
#include "sim/stream/footprint.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// A decoded stream in memory that processes share: decoded once, read by every fork. What it says
/// of itself is what `run` would know of it, a trace's footprint included, for which the same pass
/// is used.
class SharedStream {
 public:
  /// Decodes the stream of `config` up to its `warmup` and `references`. nullptr if it takes more
  /// than `most` bytes. Throws InputError where the stream is malformed, and what `on_read` throws.
  static std::unique_ptr<SharedStream> decode(const Config& config, uint64_t most,
                                              const OnRead& on_read = {});

  /// A stream from the beginning. It must not outlive this.
  std::unique_ptr<Stream> open() const;

  uint64_t bytes() const { return size_ * sizeof(Reference); }

 private:
  class Mapping;
  class View;

  std::shared_ptr<Mapping> mapping_;
  size_t size_ = 0;
  std::optional<uint64_t> length_;
  std::vector<VirtualRange> ranges_;
  Footprint footprint_;
  ProcessorHint hint_;
};

/// What may be used for a decoded stream: half of the memory that is available, less where a
/// container's limit is lower.
uint64_t memory_for_streams();

}  // namespace nestwalk
