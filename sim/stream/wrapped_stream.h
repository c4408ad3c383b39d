// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim/stream/stream.h"

namespace nestwalk {

/// What changes the elements of a stream, but not what the stream says about itself.
class WrappedStream : public Stream {
 public:
  std::optional<uint64_t> length() const override { return stream_->length(); }
  std::vector<VirtualRange> ranges() const override { return stream_->ranges(); }
  std::vector<VirtualRange> touched() const override { return stream_->touched(); }
  std::optional<VirtualRange> primary_region() const override { return stream_->primary_region(); }
  ProcessorHint processor_hint() const override { return stream_->processor_hint(); }

 protected:
  explicit WrappedStream(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

  Stream& inner() { return *stream_; }

 private:
  std::unique_ptr<Stream> stream_;
};

}  // namespace nestwalk
