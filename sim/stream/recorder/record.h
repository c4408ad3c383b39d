// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/stream/nwt/nwt_writer.h"
#include "sim/stream/stream_summary.h"

namespace nestwalk {

/// What runs the program and tells its references.
enum class RecordTool : uint8_t {
  kQemu,      ///< qemu-x86_64 with the plugin of sim/stream/plugin: exact, fast.
  kValgrind,  ///< valgrind's lackey: some 100 times slower, with accesses that it invents.
};

struct RecordOptions {
  RecordTool tool = RecordTool::kQemu;
  std::vector<std::string> command;  ///< The program, sought as a shell does, and its arguments.
  std::string output;  ///< A .nwt file, or `-`: the program's output then goes to stderr.
  std::optional<uint64_t> references;  ///< Data references after which the program is ended.
  bool fetch = false;                  ///< Record instruction fetches too.
  int level = kDefaultNwtLevel;
  std::function<void(uint64_t references)> on_progress;
  /// Once true, the program is ended and what was recorded is written.
  const std::atomic<bool>* interrupted = nullptr;
};

struct Recording {
  StreamSummary summary;
  uint64_t bytes = 0;
  std::optional<int> exit_code;  ///< The program's own.
  std::optional<int> signal;     ///< That ended it, instead.
  bool cut = false;              ///< It was ended after RecordOptions::references.
  uint64_t forks = 0;            ///< Children, which run unrecorded.
  bool replaced = false;         ///< It called execve: what it became ran unrecorded.
};

/// Runs a program and records its references while it runs. Throws InputError where the program or
/// the tool is not there or is of the wrong kind, or the output cannot be written;
/// std::runtime_error where the tool does not start, or a signal ends the program before its first
/// reference.
Recording record_program(const RecordOptions& options);

}  // namespace nestwalk
