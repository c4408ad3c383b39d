// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace nestwalk {

// Each adds one command. Its callback sets `action`, which runs after the whole command line has
// been parsed and returns the exit code. A file a command: run_command.cpp and so on.

void add_compare_command(CLI::App& app, std::function<int()>& action);
void add_completion_command(CLI::App& app, std::function<int()>& action);
void add_config_command(CLI::App& app, std::function<int()>& action);
void add_explain_command(CLI::App& app, std::function<int()>& action);
void add_reproduce_command(CLI::App& app, std::function<int()>& action);
void add_report_command(CLI::App& app, std::function<int()>& action);
void add_run_command(CLI::App& app, std::function<int()>& action);
void add_sweep_command(CLI::App& app, std::function<int()>& action);
void add_translate_command(CLI::App& app, std::function<int()>& action);
void add_verify_command(CLI::App& app, std::function<int()>& action);

}  // namespace nestwalk
