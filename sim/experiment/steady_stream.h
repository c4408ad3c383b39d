// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/stream/stream.h"

namespace nestwalk {

/// Passes a stream on, and refuses, by InputError, what the linear model has no word for: its
/// shares F are of segments that stay.
class SteadyStream : public Stream {
 public:
  explicit SteadyStream(std::unique_ptr<Stream> stream);

  size_t read(Reference* batch, size_t capacity) override;
  std::optional<uint64_t> length() const override { return stream_->length(); }
  std::vector<VirtualRange> ranges() const override { return stream_->ranges(); }
  std::optional<VirtualRange> primary_region() const override { return stream_->primary_region(); }
  ProcessorHint processor_hint() const override { return stream_->processor_hint(); }

 private:
  std::unique_ptr<Stream> stream_;
};

}  // namespace nestwalk
