// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/run_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/format_option.h"
#include "sim/cli/not_empty.h"
#include "sim/config/keys.h"
#include "sim/config/presets.h"
#include "sim/config/suggestion.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"

namespace nestwalk {
namespace {

/// What a key means, and in brackets its words if it takes words, else its unit.
std::string help_text(const Key& key) {
  const bool is_number = key.range.find(" to ") != key.range.npos;  // "0 to 9", but "4K, 2M or 1G"
  const std::string& detail = is_number ? key.unit : key.range;
  return detail.empty() ? key.doc : key.doc + " (" + detail + ")";
}

/// A name is no TOML value, whatever it looks like: `--trace 1_000`.
Value bare_text(std::string_view text) {
  return std::string(text);
}

/// An option of a command that sets one key: `--bad-pages` is `bad_pages`.
void add_key_option(CLI::App& command, ConfigRequest& request, const std::string& key,
                    const std::string& metavar, Value (*parse)(std::string_view) = parse_value) {
  std::string option = "--" + key;
  std::replace(option.begin(), option.end(), '_', '-');
  const auto keep = [&request, key, option, parse](const std::string& text) {
    request.options.push_back({key, parse(text), option, {}});
  };
  command.add_option_function<std::string>(option, keep, help_text(*find_key(key)))
      ->type_name(metavar);
}

/// One stream an option, which may be given again.
void add_beside_option(CLI::App& command, ConfigRequest& request) {
  const auto keep = [&request](const std::vector<std::string>& streams) {
    request.options.push_back(
        {"beside", std::vector<Value>(streams.begin(), streams.end()), "--beside", {}});
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--beside", keep,
          "A further stream, SPEC of a workload or FILE of a trace, on a core of its own; may be "
          "given again")
      ->type_name("STREAM")
      ->allow_extra_args(false);
}

}  // namespace

void add_machine_options(CLI::App& command, ConfigRequest& request) {
  command.add_option("config", request.file, "Configuration file")
      ->type_name("CONFIG.toml")
      ->check(not_empty());
  command
      .add_option("--preset", request.preset,
                  fmt::format("Machine: {}", fmt::join(names_of(presets()), ", ")))
      ->type_name("P")
      ->check(not_empty());
  command
      .add_option("--set", request.sets,
                  "Set a key, as `nestwalk config` lists them; may be given again")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_stream_options(CLI::App& command, ConfigRequest& request, std::string& format) {
  add_key_option(command, request, "trace", "FILE", bare_text);
  add_key_option(command, request, "workload", "SPEC", bare_text);
  add_beside_option(command, request);
  add_key_option(command, request, "mode", "M");
  add_key_option(command, request, "pages", "P");
  add_key_option(command, request, "nested_format", "F");
  add_key_option(command, request, "timing", "T");
  add_key_option(command, request, "skip", "N");
  add_key_option(command, request, "references", "N");
  add_key_option(command, request, "warmup", "N");
  add_key_option(command, request, "seed", "N");
  add_key_option(command, request, "bad_pages", "N");
  add_format_option(command, format);
}

RunSpec run_spec(const Config& config, const std::string& format) {
  if (config.trace.empty() && config.workload.empty())
    throw InputError("give a stream, --trace FILE or --workload SPEC");
  if (config.trace.empty() && !format.empty())
    throw InputError("--format", "is of a trace; a workload has none");
  RunSpec spec;
  spec.config = config;
  spec.format = parse_format(format);
  return spec;
}

void require_output(const std::string& output, const ConfigRequest& request, const Config& config) {
  if (output.empty()) return;
  require_writable(output);
  require_apart(output, request.file);
  require_apart(output, config.trace);
  for (const std::string& stream : config.beside) require_apart(output, stream);
}

}  // namespace nestwalk
