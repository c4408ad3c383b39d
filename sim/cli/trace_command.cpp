// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/trace_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>

#include "sim/cli/format_option.h"
#include "sim/cli/json_output.h"
#include "sim/cli/not_empty.h"
#include "sim/cli/number_range.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"
#include "sim/process/interruption.h"
#include "sim/report/number_text.h"
#include "sim/report/progress.h"
#include "sim/report/trace_info_report.h"
#include "sim/stream/cut_stream.h"
#include "sim/stream/recorder/executable.h"
#include "sim/stream/recorder/record.h"
#include "sim/stream/trace.h"
#include "sim/stream/trace_writer.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {
namespace {

struct RecordArguments {
  std::string tool = "qemu";
  RecordOptions options;
};

struct ConvertArguments {
  std::string input;
  std::string workload;
  uint64_t seed = 1;
  std::string output;
  std::string from;
  std::string to;
  Cut cut;
  bool fetch = false;
  int level = kDefaultNwtLevel;
};

struct InfoArguments {
  std::string input;
  std::string from;
  std::string json;
};

void add_level_option(CLI::App& command, int& level) {
  command
      .add_option("--level", level,
                  "Compression of .nwt: below 0 fast to read, 0 none, above 0 smaller")
      ->check(CLI::Range(kLeastNwtLevel, kMostNwtLevel))
      ->capture_default_str();
}

void add_references_option(CLI::App& command, std::optional<uint64_t>& references,
                           const std::string& what) {
  command.add_option("--references", references, what)
      ->type_name("N")
      ->check(whole_number_in(1, kMostReferences));
}

TraceFormat output_format(const ConvertArguments& arguments) {
  if (arguments.to.empty()) return format_of_name(arguments.output);
  for (const TraceFormat format : {TraceFormat::kNwt, TraceFormat::kText})
    if (arguments.to == to_string(format)) return format;
  throw InputError("--to",
                   fmt::format("traces are written as nwt or text, not as \"{}\"", arguments.to));
}

TraceOptions input_options(const std::string& format, bool fetch) {
  TraceOptions options;
  options.format = parse_format(format);
  options.fetch = fetch;
  return options;
}

std::string size_of(const StreamSummary& summary, uint64_t bytes) {
  return fmt::format(
      "{} references, {} instructions, {} thread{}, {} bytes ({} a reference)",
      with_commas(summary.references()), with_commas(summary.instructions),
      with_commas(summary.threads), summary.threads == 1 ? "" : "s", with_commas(bytes),
      ratio(static_cast<double>(bytes), static_cast<double>(summary.references()), 3));
}

RecordTool parse_tool(const std::string& name) {
  if (name == "qemu") return RecordTool::kQemu;
  if (name == "valgrind") return RecordTool::kValgrind;
  throw InputError("--tool", fmt::format("\"{}\" is none; there are qemu and valgrind", name));
}

std::string end_of_program(const Recording& recording) {
  if (recording.cut) return "the program was ended there";
  if (recording.signal) {
    return fmt::format("signal {} ({}) ended the program", *recording.signal,
                       strsignal(*recording.signal));
  }
  return fmt::format("the program exited with {}", recording.exit_code.value_or(0));
}

int record(const RecordArguments& arguments) {
  RecordOptions options = arguments.options;
  options.tool = parse_tool(arguments.tool);
  if (const auto program = find_executable(options.command.front()))
    require_apart(options.output, *program);
  for (const std::string& argument : options.command) require_apart(options.output, argument);
  const Interruption interruption;
  options.interrupted = &interruption.requested();
  Recording recording;
  {
    Progress progress("references", std::nullopt);
    options.on_progress = [&progress](uint64_t done) { progress.update(done); };
    recording = record_program(options);
  }
  fmt::print(stderr, "nestwalk: recorded {}; {}\n", size_of(recording.summary, recording.bytes),
             end_of_program(recording));
  if (recording.forks > 0) {
    fmt::print(stderr, "nestwalk: {} of its child processes ran unrecorded\n",
               with_commas(recording.forks));
  }
  if (recording.replaced) {
    fmt::print(stderr,
               "nestwalk: it called execve; the program that it became ran unrecorded: name that "
               "one to record it\n");
  }
  return 0;
}

/// Of a file that is written; `otherwise` for a pipe.
uint64_t size_on_disk(const std::string& path, uint64_t otherwise) {
  std::error_code ignored;
  const bool is_file = path != "-" && std::filesystem::is_regular_file(path, ignored);
  return is_file ? std::filesystem::file_size(path, ignored) : otherwise;
}

std::unique_ptr<Stream> open_input(const ConvertArguments& arguments) {
  if (arguments.input.empty() == arguments.workload.empty())
    throw InputError("trace convert: give either IN, a trace, or --workload SPEC");
  if (!arguments.workload.empty()) return open_workload(arguments.workload, arguments.seed);
  require_apart(arguments.output, arguments.input);
  return open_trace(arguments.input, input_options(arguments.from, arguments.fetch));
}

int convert(const ConvertArguments& arguments) {
  const TraceFormat to = output_format(arguments);
  const auto stream = cut_stream(open_input(arguments), arguments.cut);
  const auto writer = create_trace(arguments.output, to, arguments.level);
  const Interruption interruption;
  uint64_t done = 0;
  try {
    Progress progress("references", stream->length());
    std::vector<Reference> batch(16384);
    while (const size_t count = stream->read(batch.data(), batch.size())) {
      if (interruption.requested()) throw Interrupted();
      writer->write(batch.data(), count);
      progress.update(done += count);
    }
  } catch (const Interrupted&) {
    throw std::runtime_error("interrupted; nothing was written");
  }
  const StreamSummary summary = writer->finish();
  fmt::print(stderr, "nestwalk: wrote {}\n",
             size_of(summary, size_on_disk(arguments.output, writer->bytes())));
  return 0;
}

int info(const InfoArguments& arguments) {
  if (!arguments.json.empty()) {
    require_writable(arguments.json);
    require_apart(arguments.json, arguments.input);
  }
  const TraceInfo found = [&arguments] {
    Progress progress("references", std::nullopt);
    return trace_info(arguments.input, input_options(arguments.from, true),
                      [&progress](uint64_t read) { progress.update(read); });
  }();
  write_result(to_text(found), to_json(found), arguments.json);
  return 0;
}

void add_record(CLI::App& trace, std::function<int()>& action) {
  CLI::App* const command =
      trace.add_subcommand("record",
                           "Record the references of an x86-64 program while it runs.\n"
                           "Example: nestwalk trace record -o sort.nwt -- sort /etc/passwd");
  const auto arguments = std::make_shared<RecordArguments>();
  RecordOptions& options = arguments->options;
  command->add_option("-o,--output", options.output, "Trace to write; - is standard output")
      ->type_name("FILE")
      ->required();
  command->add_option("--tool", arguments->tool, "What runs the program: qemu or valgrind")
      ->capture_default_str();
  command->add_flag("--fetch", options.fetch, "Record instruction fetches too");
  add_references_option(*command, options.references,
                        "End the program after so many data references");
  add_level_option(*command, options.level);
  command->add_option("program", options.command, "The program and its arguments, after --")
      ->type_name("PROGRAM ARGS")
      ->required();
  command->callback([=, &action] { action = [=] { return record(*arguments); }; });
}

void add_convert(CLI::App& trace, std::function<int()>& action) {
  CLI::App* const command = trace.add_subcommand(
      "convert",
      "Write a trace of any known format, a workload, or a part of either, as .nwt or as text.\n"
      "Example: nestwalk trace convert gcc.champsimtrace.xz -o gcc.nwt\n"
      "Example: nestwalk trace convert gcc.nwt --skip 1000000 --references 5000000 -o part.nwt\n"
      "Example: nestwalk trace convert --workload gups:size=1GiB,updates=1000 -o gups.txt");
  const auto arguments = std::make_shared<ConvertArguments>();
  CLI::Option* const input =
      command->add_option("input", arguments->input, "Trace to read; - is standard input")
          ->type_name("IN")
          ->check(not_empty());
  CLI::Option* const workload =
      command->add_option("--workload", arguments->workload, "A generator's stream, as run has it")
          ->type_name("SPEC")
          ->check(not_empty())
          ->excludes(input);
  command->add_option("--seed", arguments->seed, "Of the workload")
      ->type_name("N")
      ->check(whole_number_in(0, std::numeric_limits<int64_t>::max()))
      ->needs(workload)
      ->capture_default_str();
  command->add_option("-o,--output", arguments->output, "Trace to write; - is standard output")
      ->type_name("OUT")
      ->required();
  command->add_option("--to", arguments->to, "nwt or text; else text for *.txt, nwt for others")
      ->type_name("F");
  add_format_option(*command, arguments->from)->excludes(workload);
  command->add_flag("--fetch", arguments->fetch,
                    "Keep instruction fetches, which else are only counted");
  command->add_option("--skip", arguments->cut.skip, "Data references left out at the front")
      ->type_name("N")
      ->check(whole_number_in(0, kMostReferences));
  add_references_option(*command, arguments->cut.references, "Data references to write, at most");
  add_level_option(*command, arguments->level);
  command->callback([=, &action] { action = [=] { return convert(*arguments); }; });
}

void add_info(CLI::App& trace, std::function<int()>& action) {
  CLI::App* const command = trace.add_subcommand("info",
                                                 "Tell what a trace holds and touches.\n"
                                                 "Example: nestwalk trace info sort.nwt");
  const auto arguments = std::make_shared<InfoArguments>();
  command->add_option("file", arguments->input, "Trace; - is standard input")
      ->type_name("FILE")
      ->required();
  add_format_option(*command, arguments->from);
  add_json_option(*command, arguments->json);
  command->callback([=, &action] { action = [=] { return info(*arguments); }; });
}

}  // namespace

void add_trace_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const trace = app.add_subcommand("trace",
                                             "Record, convert and describe address streams.\n"
                                             "Example: nestwalk trace record -o ls.nwt -- ls -l");
  trace->require_subcommand(1);
  add_record(*trace, action);
  add_convert(*trace, action);
  add_info(*trace, action);
}

}  // namespace nestwalk
