// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string_view>

#include "model/paging/entry_rules.h"
#include "model/walker/plain_walk.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/translate/fault_text.h"
#include "sim/translate/raw_memory.h"
#include "sim/translate/translate.h"

namespace nestwalk {
namespace {

constexpr const char* kStandardInput = "-";

void require(bool holds, const char* option, int value, const char* right) {
  if (!holds) throw InputError(option, fmt::format("is {}, must be {}", value, right));
}

bool is_levels(int levels) {
  return levels == 4 || levels == 5;
}

/// The root of tables as a register has it: its low 12 bits are no part of the address.
template <class Address>
Address root_of(const char* option, uint64_t value, int maxphyaddr) {
  if (value >> maxphyaddr != 0)
    throw InputError(option, fmt::format("is {:#x}, must be an address of {} bits, at most {:#x}",
                                         value, maxphyaddr, (uint64_t{1} << maxphyaddr) - 1));
  return Address(value).align_down(PageSize::k4K);
}

TranslationContext context_of(const MemoryTranslation& options) {
  const int nested_levels = options.nested_levels.value_or(options.levels);
  require(is_levels(options.levels), "--levels", options.levels, "4 or 5");
  require(is_levels(nested_levels), "--nested-levels", nested_levels, "4 or 5");
  require(options.maxphyaddr >= kMinPhysicalWidth && options.maxphyaddr <= kMaxPhysicalWidth,
          "--maxphyaddr", options.maxphyaddr, "36 to 52");
  TranslationContext context;
  context.guest.root = root_of<GuestPhysical>("--cr3", options.cr3, options.maxphyaddr);
  context.guest.levels = options.levels;
  context.guest.maxphyaddr = options.maxphyaddr;
  context.virtualized = options.nested_root.has_value();
  context.nested.root =
      root_of<HostPhysical>("--nested-root", options.nested_root.value_or(0), options.maxphyaddr);
  context.nested.format = options.nested_format;
  context.nested.levels = nested_levels;
  context.nested.maxphyaddr = options.maxphyaddr;
  return context;
}

GuestVirtual parse(std::string_view text, const std::string& place) {
  try {
    return GuestVirtual(parse_address(text));
  } catch (const InputError& error) {
    throw InputError(place, error.what());
  }
}

std::string_view trim(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t first = line.find_first_not_of(kBlanks);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

class Translator {
 public:
  Translator(const MemoryTranslation& options, std::ostream& out)
      : context_(context_of(options)),
        access_{options.access, options.user},
        memory_(options.image),
        out_(out) {}

  void translate(GuestVirtual address) {
    const PageWalk walk = walk_plain(context_, address, access_,
                                     [this](HostPhysical entry) { return memory_.read(entry); });
    if (walk.fault())
      out_ << fmt::format("{:#x} -> fault: {}\n", address.value(), describe_fault(walk));
    else
      out_ << fmt::format("{:#x} -> {:#x}\n", address.value(), walk.translation().address.value());
  }

  void translate_lines(std::istream& in) {
    std::string line;
    for (uint64_t number = 1; std::getline(in, line); ++number)
      if (const std::string_view text = trim(line); !text.empty())
        translate(parse(text, fmt::format("standard input:{}", number)));
  }

  const std::optional<HostPhysical>& first_past_end() const { return memory_.first_past_end(); }

 private:
  TranslationContext context_;
  Access access_;
  RawMemory memory_;
  std::ostream& out_;
};

}  // namespace

std::optional<HostPhysical> translate_memory(const MemoryTranslation& options, std::istream& in,
                                             std::ostream& out) {
  Translator translator(options, out);
  for (const std::string& text : options.addresses)
    if (text != kStandardInput) parse(text, "ADDRESS");
  for (const std::string& text : options.addresses) {
    if (text == kStandardInput)
      translator.translate_lines(in);
    else
      translator.translate(parse(text, "ADDRESS"));
  }
  return translator.first_past_end();
}

}  // namespace nestwalk
