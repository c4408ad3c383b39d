// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/stream/trace.h"
#include "tests/sim/stream/streams.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk::test {

using testing::HasSubstr;
using References = std::vector<Reference>;

/// Reads traces from files, as commands do.
class Readers : public testing::Test {
 protected:
  struct Read {
    TraceFormat format;
    References references;
  };

  Read read(const std::string& content, bool fetches = false, const std::string& name = "trace",
            std::optional<TraceFormat> format = std::nullopt) {
    TraceOptions options;
    options.fetch = fetches;
    options.format = format;
    options.warn = [this](const std::string& text) { warnings_.push_back(text); };
    const Trace trace = identify_and_open_trace(directory_.write(name, content), options);
    // A batch of 3 also tries references that span batches.
    return {trace.format, drain(*trace.stream, 3)};
  }

  References references(const std::string& content) { return read(content).references; }

  /// The message without the directory of the trace.
  std::string refusal(const std::string& content, const std::string& name = "trace") {
    std::string message = input_error([&] { read(content, false, name); });
    const std::string prefix = directory_.path("");
    if (message.compare(0, prefix.size(), prefix) == 0) message.erase(0, prefix.size());
    return message;
  }

  TemporaryDirectory directory_;
  std::vector<std::string> warnings_;
};

}  // namespace nestwalk::test
