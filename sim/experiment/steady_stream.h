// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "sim/stream/wrapped_stream.h"

namespace nestwalk {

/// Passes a stream on, and refuses, by InputError, what the linear model has no word for: its
/// shares F are of segments that stay.
class SteadyStream : public WrappedStream {
 public:
  explicit SteadyStream(std::unique_ptr<Stream> stream) : WrappedStream(std::move(stream)) {}

  size_t read(Reference* batch, size_t capacity) override;
};

}  // namespace nestwalk
