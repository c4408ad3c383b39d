// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/cli/not_empty.h"
#include "sim/io/output_file.h"

namespace nestwalk {

/// Where a command writes its result as JSON beside the text for people.
inline CLI::Option* add_json_option(CLI::App& command, std::string& file,
                                    const std::string& what = "the result") {
  return command.add_option("--json", file, "Write " + what + " as JSON; - is standard output")
      ->type_name("FILE")
      ->check(not_empty());
}

/// The text goes to standard output, unless JSON has that; JSON goes where it was asked for. Names
/// in it may be of any bytes.
inline void write_result(const std::string& text, const nlohmann::ordered_json& json,
                         const std::string& file) {
  if (file != "-") std::fputs(text.c_str(), stdout);
  if (file.empty()) return;
  using Handler = nlohmann::ordered_json::error_handler_t;
  write_file_atomically(file, json.dump(2, ' ', false, Handler::replace) + "\n");
}

}  // namespace nestwalk
