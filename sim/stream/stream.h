// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/address/virtual_range.h"
#include "sim/stream/reference.h"

namespace nestwalk {

/// What suits a stream best where the configuration does not say (spec 2.6).
struct ProcessorHint {
  std::optional<double> cpi;      ///< core.cpi
  std::optional<double> exposed;  ///< core.exposed: 1 where each load depends on the one before.
};

/// An address stream: a trace or a generator. Read once, in batches, in constant memory.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Fills up to `capacity` elements; 0 is the end. Throws InputError on malformed input.
  virtual size_t read(Reference* batch, size_t capacity) = 0;

  /// Goes on behind the next `count` elements, at most all that are left. Throws as read() does.
  virtual void skip(uint64_t count);

  /// Elements in all, if known without reading (progress).
  virtual std::optional<uint64_t> length() const { return std::nullopt; }

  /// Ranges that the program has mapped, ascending, disjoint; empty if the stream does not say: a
  /// trace does not.
  virtual std::vector<VirtualRange> ranges() const { return {}; }

  /// Ranges of all pages that its loads and stores touch, likewise; empty if that is not known
  /// without reading it.
  virtual std::vector<VirtualRange> touched() const { return ranges(); }

  /// The region that a guest segment should cover, if the stream knows (interface.md, Workloads).
  virtual std::optional<VirtualRange> primary_region() const { return std::nullopt; }

  /// Values of core.cpi and core.exposed for this stream; empty: the defaults.
  virtual ProcessorHint processor_hint() const { return {}; }
};

}  // namespace nestwalk
