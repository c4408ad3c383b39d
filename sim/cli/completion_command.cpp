// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cli/commands.h"
#include "sim/config/keys.h"
#include "sim/config/presets.h"
#include "sim/config/words.h"
#include "sim/reproduce/reproduce.h"
#include "sim/stream/trace.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {
namespace {

/// What completes a word: candidates, with blanks between them.
std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

template <class Items, class Text>
std::string joined(const Items& items, Text text) {
  std::vector<std::string> words;
  for (const auto& item : items) words.push_back(std::string(text(item)));
  return joined(words);
}

template <class Enum>
std::string words_of() {
  return joined(words<Enum>(), [](const Word<Enum>& word) { return word.text; });
}

std::string pages() {
  std::vector<std::string> all;
  for (const Word<GuestPages>& guest : words<GuestPages>()) {
    all.emplace_back(guest.text);
    for (const Word<PageSize>& nested : words<PageSize>())
      all.push_back(fmt::format("{}+{}", guest.text, nested.text));
  }
  return joined(all);
}

/// Of the options whose values are words; what follows others is a file, a number or any name.
std::map<std::string, std::string> option_values() {
  const auto name = [](const auto& item) { return item.name; };
  return {
      {"--mode", words_of<Mode>()},
      {"--timing", words_of<Timing>()},
      {"--nested-format", words_of<NestedFormat>()},
      {"--pages", pages()},
      {"--preset", joined(presets(), name)},
      {"--set", joined(keys(), [](const Key& key) { return key.name + "="; })},
      {"--workload", joined(workloads(), name) + " help"},
      {"--format", joined(trace_format_names(), [](std::string_view one) { return one; })},
      {"--to", "nwt text"},
      {"--tool", "qemu valgrind"},
      {"--access", "r w x"},
  };
}

/// `trace record`; empty for the program itself.
std::string path_of(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  if (parent == nullptr) return {};
  const std::string above = path_of(*parent);
  return above.empty() ? command.get_name() : above + " " + command.get_name();
}

std::vector<const CLI::App*> subcommands(const CLI::App& command) {
  return command.get_subcommands(std::function<bool(const CLI::App*)>());
}

std::string options_of(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() || option->get_group().empty()) continue;
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    for (const std::string& name : option->get_snames()) words.push_back("-" + name);
  }
  return joined(words);
}

/// A line of a `case` for the command and for each below it.
void add_commands(const CLI::App& command, std::string& paths, std::string& cases) {
  const std::string path = path_of(command);
  std::string operands =
      joined(subcommands(command), [](const CLI::App* one) { return one->get_name(); });
  if (path == "reproduce") operands = joined(reproductions());
  cases +=
      fmt::format("    '{}') options='{}' operands='{}' ;;\n", path, options_of(command), operands);
  if (!path.empty()) paths += fmt::format("{}'{}'", paths.empty() ? "" : " | ", path);
  for (const CLI::App* one : subcommands(command)) add_commands(*one, paths, cases);
}

std::string bash_completion(const CLI::App& program) {
  std::string paths;
  std::string cases;
  add_commands(program, paths, cases);
  std::string values;
  for (const auto& [option, words] : option_values())
    values += fmt::format("    {}) words='{}' ;;\n", option, words);
  return fmt::format(
      R"(# Completes the command line of nestwalk in bash: source <(nestwalk completion)
_nestwalk() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local command= longer= word words= options= operands=
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD - 1}}"; do
    longer="${{command:+$command }}$word"
    case $longer in
      {}) command=$longer ;;
    esac
  done
  case $command in
{}  esac
  if [[ $current == = ]]; then  # bash parts --mode=native there
    current=
  elif [[ $previous == = ]]; then
    previous=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  case $previous in
{}    -*) [[ $current == -* ]] && words=$options ;;
    *) words=$operands; [[ $current == -* ]] && words=$options ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ ${{COMPREPLY[0]-}} == *= ]] && compopt -o nospace
  return 0
}}
complete -o default -F _nestwalk nestwalk
)",
      paths, cases, values);
}

}  // namespace

void add_completion_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "completion",
      "Print what completes the command line in bash: commands, options, keys, workloads.\n"
      "Example: nestwalk completion > ~/.local/share/bash-completion/completions/nestwalk");
  command->callback([&app, &action] {
    action = [&app] {
      std::fputs(bash_completion(app).c_str(), stdout);
      return 0;
    };
  });
}

}  // namespace nestwalk
