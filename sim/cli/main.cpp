// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <systemc>

#include "sim/cli/commands.h"
#include "sim/cli/trace_command.h"
#include "sim/config/suggestion.h"
#include "sim/io/input_error.h"
#include "sim/process/interruption.h"
#include "sim/version.h"

namespace {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

/// libsystemc prints a banner before sc_main unless the environment says otherwise by then.
const bool kBannerOff = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "DISABLE", 1) == 0;

/// A file that is opened later must not become a standard stream that was closed: what is printed
/// would end in it. Reading from nothing, and writing to what cannot be written, fail as they
/// should.
void occupy_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", O_RDONLY);  // takes the lowest that is free
}

/// A terminal obeys control characters, and what was given may hold any.
std::string harmless(const std::string& text) {
  std::string shown;
  for (const char c : text)
    shown += std::iscntrl(static_cast<unsigned char>(c)) != 0 && c != '\n'
                 ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c))
                 : std::string(1, c);
  return shown;
}

int complain(const std::string& what, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "nestwalk: %s\n", harmless(what).c_str());
  return code;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

/// Says which commands there are where one is missing or unknown, in front or behind `trace`.
void require_command(const CLI::App& app, int argc, char** argv) {
  const CLI::App* within = &app;
  std::string path;
  for (int i = 1;; ++i) {
    const std::vector<std::string> names = commands_of(*within);
    if (names.empty()) return;
    if (i == argc)
      throw nestwalk::InputError(
          fmt::format("{}a command is missing: {} (see --help)", path, fmt::join(names, ", ")));
    const std::string word = argv[i];
    if (word[0] == '-') {
      if (within->get_option_no_throw(word) != nullptr) return;
      throw nestwalk::InputError(fmt::format("{}unknown option {} (see --help)", path, word));
    }
    if (std::find(names.begin(), names.end(), word) == names.end())
      throw nestwalk::InputError(path + "unknown command " + (word.empty() ? "\"\"" : word) + "; " +
                                 nestwalk::did_you_mean(word, names));
    within = within->get_subcommand(word);
    path = word + ": ";
  }
}

/// Whole output or an error: a full disk must not look like success.
int flushed(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  return complain("standard output cannot be written", kFailed);
}

int run(int argc, char** argv) {
  CLI::App app(
      "Cycle-level model of virtualized address translation with direct segments.\n"
      "Example: nestwalk run --workload gups:size=1GiB --mode vmm-direct",
      "nestwalk");
  app.set_version_flag("--version", std::string("nestwalk ") + nestwalk::kVersion);
  app.require_subcommand(1);

  std::function<int()> action;
  nestwalk::add_run_command(app, action);
  nestwalk::add_compare_command(app, action);
  nestwalk::add_sweep_command(app, action);
  nestwalk::add_report_command(app, action);
  nestwalk::add_explain_command(app, action);
  nestwalk::add_config_command(app, action);
  nestwalk::add_trace_command(app, action);
  nestwalk::add_translate_command(app, action);
  nestwalk::add_verify_command(app, action);
  nestwalk::add_reproduce_command(app, action);
  nestwalk::add_completion_command(app, action);

  try {
    require_command(app, argc, argv);
    app.parse(argc, argv);
    return flushed(action());
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    const size_t twice = what.find(": At Most 1 required");
    return complain(
        (twice == what.npos ? what : what.substr(0, twice) + " is given twice") + " (see --help)",
        kUsage);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return flushed(app.exit(error));  // --help, --version
    return complain(std::string(error.what()) + " (see --help)", kUsage);
  } catch (const nestwalk::InputError& error) {
    return complain(error.what(), kUsage);
  } catch (const std::bad_alloc&) {
    return complain("out of memory: this needs more than there is", kFailed);
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
}

}  // namespace

int sc_main(int argc, char** argv) {
  occupy_standard_streams();
  std::signal(SIGPIPE, SIG_DFL);  // `nestwalk config | head` ends quietly, whoever started it
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may grow no more is told of as a full disk is
  nestwalk::tell_of_interruptions();
  return run(argc, argv);
}
