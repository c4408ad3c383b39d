// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "sim/cli/commands.h"
#include "sim/cli/not_empty.h"
#include "sim/cli/number_range.h"
#include "sim/cli/parse_option.h"
#include "sim/config/words.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/translate/translate.h"

namespace nestwalk {
namespace {

struct TranslateOptions {
  std::string vectors;
  bool accessed_dirty = false;
  std::string cr3;
  std::string nested_root;
  std::string nested_format;
  std::string access = "r";
  MemoryTranslation memory;
};

int translate_memory(TranslateOptions& options) {
  MemoryTranslation& memory = options.memory;
  if (options.cr3.empty()) throw InputError("--memory", "needs --cr3, the root of the tables");
  if (memory.addresses.empty()) throw InputError("--memory", "needs addresses, or - to read them");
  memory.cr3 = parse_option("--cr3", options.cr3, parse_address);
  if (!options.nested_root.empty())
    memory.nested_root = parse_option("--nested-root", options.nested_root, parse_address);
  if (!options.nested_format.empty())
    memory.nested_format =
        parse_option("--nested-format", options.nested_format, parse_word<NestedFormat>);
  memory.access = parse_option("--access", options.access, parse_word<AccessKind>);
  if (!memory.nested_root && (memory.nested_levels || !options.nested_format.empty()))
    fmt::print(
        stderr,
        "nestwalk: without --nested-root there are no nested tables: their format and levels "
        "change nothing\n");
  const auto past_end = translate_memory(memory, std::cin, std::cout);
  std::cout.flush();
  if (std::ferror(stdin) != 0) throw std::runtime_error("standard input cannot be read");
  if (past_end)
    fmt::print(stderr,
               "nestwalk: {} ends before the table entry at {:#x}: what lies past its end is not "
               "present\n",
               memory.image, past_end->value());
  return 0;
}

int translate(TranslateOptions& options) {
  if (options.vectors.empty() == options.memory.image.empty())
    throw InputError("translate: give either --vectors DIR or --memory IMAGE");
  if (options.vectors.empty()) return translate_memory(options);
  translate_vectors(options.vectors, options.accessed_dirty, std::cout);
  return 0;
}

}  // namespace

void add_translate_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "translate",
      "Walk tables in an image of memory: addresses, or the queries of a vector case.\n"
      "Example: nestwalk translate --memory ram.bin --cr3 0x1000 0x7f0000001234");
  const auto options = std::make_shared<TranslateOptions>();
  MemoryTranslation& memory = options->memory;
  CLI::Option* const vectors =
      command->add_option("--vectors", options->vectors, "Vector case: case.json and case.bin")
          ->type_name("DIR")
          ->check(not_empty());
  command->add_flag("--ad", options->accessed_dirty, "Print the A and D bits that each query sets")
      ->needs(vectors);
  CLI::Option* const image =
      command->add_option("--memory", memory.image, "Raw physical memory: offset = address")
          ->type_name("IMAGE")
          ->excludes(vectors)
          ->check(not_empty());
  const auto add = [&](CLI::Option* option, const std::string& metavar) {
    option->type_name(metavar)->needs(image);
  };
  add(command->add_option("--cr3", options->cr3, "Root of the tables")->check(not_empty()), "X");
  add(command->add_option("--levels", memory.levels, "Their depth (default 4)")
          ->check(whole_number_in(4, 5)),
      "4|5");
  add(command
          ->add_option("--nested-root", options->nested_root,
                       "EPTP or nCR3: the tables are a guest's")
          ->check(not_empty()),
      "Y");
  add(command
          ->add_option("--nested-levels", memory.nested_levels,
                       "Depth of the nested tables (default: as --levels)")
          ->check(whole_number_in(4, 5)),
      "4|5");
  add(command->add_option("--nested-format", options->nested_format, "ept (default) or npt")
          ->check(not_empty()),
      "F");
  add(command->add_option("--maxphyaddr", memory.maxphyaddr, "Bits of an address (default 52)")
          ->check(whole_number_in(36, 52)),
      "N");
  add(command->add_option("--access", options->access, "What to try (default r)"), "r|w|x");
  command->add_flag("--user", memory.user, "As user code (default: supervisor)")->needs(image);
  command->add_option("addresses", memory.addresses, "Addresses, 0x...; - reads them from stdin")
      ->type_name("ADDRESS...")
      ->excludes(vectors);
  command->callback([=, &action] { action = [=] { return translate(*options); }; });
}

}  // namespace nestwalk
