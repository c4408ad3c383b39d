// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sim/stream/control_operation.h"
#include "sim/stream/stream.h"

namespace nestwalk {

/// A change of the machine, to be put into a stream.
struct StreamEvent {
  ControlOperation operation;
  uint64_t operand;
};

/// A stream with events put into it, one list after every `interval` references.
class EventStream : public Stream {
 public:
  /// `events(n)`: what follows the nth interval, from 0.
  EventStream(std::unique_ptr<Stream> stream, uint64_t interval,
              std::function<std::vector<StreamEvent>(uint64_t)> events)
      : stream_(std::move(stream)),
        interval_(interval),
        left_(interval),
        events_(std::move(events)) {}

  size_t read(Reference* batch, size_t capacity) override;
  std::optional<uint64_t> length() const override { return stream_->length(); }
  std::vector<VirtualRange> ranges() const override { return stream_->ranges(); }
  std::optional<VirtualRange> primary_region() const override { return stream_->primary_region(); }
  ProcessorHint processor_hint() const override { return stream_->processor_hint(); }

 private:
  std::unique_ptr<Stream> stream_;
  uint64_t interval_;
  uint64_t left_;  ///< References until the next list.
  std::function<std::vector<StreamEvent>(uint64_t)> events_;
  uint64_t lists_ = 0;
  std::vector<StreamEvent> pending_;  ///< Of the list that is being given out, last first.
};

}  // namespace nestwalk
