// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/recorder/record.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

#include "sim/io/input_error.h"
#include "sim/stream/bytes/byte_buffer.h"
#include "sim/stream/bytes/compress.h"
#include "sim/stream/cut_stream.h"
#include "sim/stream/readers/readers.h"
#include "sim/stream/recorder/child_process.h"
#include "sim/stream/recorder/executable.h"
#include "sim/stream/recorder/raw_stream_reader.h"
#include "sim/stream/recorder/recording_pipe.h"

namespace nestwalk {
namespace {

struct Invocation {
  std::string tool;
  std::vector<std::string> arguments;
  std::vector<ChildProcess::Redirection> redirections;
};

std::string find_program(const RecordOptions& options) {
  if (options.command.empty()) throw InputError("no program to record: give it after --");
  const std::string& name = options.command.front();
  const std::optional<std::string> path = find_executable(name);
  if (!path) throw InputError(name, "is no executable file, and none of that name is in PATH");
  return path->front() == '-' ? "./" + *path : *path;  // to the tool it is no option
}

std::string find_tool(const char* name, const char* package, const char* other) {
  const std::optional<std::string> path = find_executable(name);
  if (path) return *path;
  throw InputError(fmt::format("{} is not there: install Debian's {}, or record with --tool {}",
                               name, package, other));
}

/// As QEMU wants a text in a list parted by commas.
std::string with_commas_doubled(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled.append(c == ',' ? 2 : 1, c);
  return doubled;
}

Invocation qemu(const RecordOptions& options, const std::string& program,
                const RecordingPipe& pipe) {
  require_x86_64_program(program);
  Invocation invocation;
  invocation.tool = find_tool("qemu-x86_64", "qemu-user", "valgrind");
  invocation.arguments = {
      invocation.tool,
      "-plugin",
      fmt::format("{},out={},fetch={}", with_commas_doubled(find_recorder_plugin()),
                  pipe.write_path(), options.fetch ? "on" : "off"),
      "-0",
      options.command.front(),
      program};
  return invocation;
}

Invocation lackey(const std::string& program, const RecordingPipe& pipe) {
  Invocation invocation;
  invocation.tool = find_tool("valgrind", "valgrind", "qemu");
  invocation.arguments = {invocation.tool,
                          "--tool=lackey",
                          "--trace-mem=yes",
                          "--child-silent-after-fork=yes",
                          fmt::format("--log-fd={}", pipe.write_end()),
                          program};
  invocation.redirections = {{pipe.write_end(), pipe.write_end()}};
  return invocation;
}

Invocation invocation_of(const RecordOptions& options, const RecordingPipe& pipe) {
  const std::string program = find_program(options);
  Invocation invocation =
      options.tool == RecordTool::kQemu ? qemu(options, program, pipe) : lackey(program, pipe);
  invocation.arguments.insert(invocation.arguments.end(), options.command.begin() + 1,
                              options.command.end());
  if (options.output == "-") invocation.redirections.push_back({STDOUT_FILENO, STDERR_FILENO});
  return invocation;
}

/// Returns whether there was anything.
bool encode(Stream& stream, NwtWriter& writer, const RecordOptions& options) {
  bool any = false;
  std::vector<Reference> batch(16384);
  while (const size_t count = stream.read(batch.data(), batch.size())) {
    any = true;
    writer.write(batch.data(), count);
    if (options.on_progress) options.on_progress(writer.references());
  }
  return any;
}

}  // namespace

Recording record_program(const RecordOptions& options) {
  const RecordingPipe pipe;
  const Invocation invocation = invocation_of(options, pipe);
  NwtWriter writer(create_compressed(options.output), options.level);
  ChildProcess child(invocation.tool, invocation.arguments, invocation.redirections);
  auto source = std::make_unique<RecordingSource>(pipe, child, options.interrupted);
  RecordingSource& recorded = *source;
  auto input = std::make_unique<ByteBuffer>(std::move(source), invocation.tool);

  const RawStreamReader* plugin = nullptr;
  std::unique_ptr<Stream> stream;
  if (options.tool == RecordTool::kQemu) {
    auto reader = std::make_unique<RawStreamReader>(std::move(input));
    plugin = reader.get();
    stream = std::move(reader);
  } else {
    stream = read_lackey(std::move(input), options.fetch);
  }
  stream = cut_stream(std::move(stream), {0, options.references});
  const bool any = encode(*stream, writer, options);
  recorded.end_child();

  // A tool that cannot load the program says so and exits: no program retires nothing.
  const int status = *child.status();
  const bool started = plugin == nullptr || plugin->started();
  if (!started || (!any && WIFEXITED(status)))
    throw std::runtime_error(invocation.tool + " ended before it recorded; its message is above");
  const bool interrupted = options.interrupted != nullptr && *options.interrupted;
  if (!any && WIFSIGNALED(status) && !interrupted)
    throw std::runtime_error(fmt::format("{}: signal {} ({}) ended it before its first reference",
                                         options.command.front(), WTERMSIG(status),
                                         strsignal(WTERMSIG(status))));

  Recording recording;
  if (plugin != nullptr) {
    recording.forks = plugin->forks();
    recording.replaced = plugin->replaced();
  }
  if (WIFEXITED(status)) recording.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) recording.signal = WTERMSIG(status);
  recording.summary = writer.finish();
  recording.bytes = writer.bytes();
  recording.cut = recording.summary.references() == options.references;
  return recording;
}

}  // namespace nestwalk
