// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "sim/stream/control_operation.h"
#include "sim/stream/wrapped_stream.h"

namespace nestwalk {

/// A change of the machine, to be put into a stream.
struct StreamEvent {
  ControlOperation operation;
  uint64_t operand;
};

/// A stream with events put into it, one list after every `interval` references.
class EventStream : public WrappedStream {
 public:
  /// `events(n)`: what follows the nth interval, from 0.
  EventStream(std::unique_ptr<Stream> stream, uint64_t interval,
              std::function<std::vector<StreamEvent>(uint64_t)> events)
      : WrappedStream(std::move(stream)),
        interval_(interval),
        left_(interval),
        events_(std::move(events)) {}

  size_t read(Reference* batch, size_t capacity) override;

 private:
  uint64_t interval_;
  uint64_t left_;  ///< References until the next list.
  std::function<std::vector<StreamEvent>(uint64_t)> events_;
  uint64_t lists_ = 0;
  std::vector<StreamEvent> pending_;  ///< Of the list that is being given out, last first.
};

}  // namespace nestwalk
