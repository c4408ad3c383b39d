// SPDX-License-Identifier: Apache-2.0
#include "sim/config/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include "model/address/page_size.h"
#include "sim/config/suggestion.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"

namespace nestwalk {
namespace {

struct Verb {
  const char* name;
  Request request;
  bool has_size;
};

constexpr std::array kVerbs{Verb{"balloon", Request::kBalloon, true},
                            Verb{"deflate", Request::kDeflate, true},
                            Verb{"share", Request::kShare, false},
                            Verb{"vmm-swap", Request::kVmmSwap, true},
                            Verb{"guest-swap", Request::kGuestSwap, true},
                            Verb{"migrate", Request::kMigrate, false},
                            Verb{"grow", Request::kGrow, true},
                            Verb{"shrink", Request::kShrink, true}};

const Verb& find_verb(const std::string& name) {
  for (const Verb& verb : kVerbs)
    if (verb.name == name) return verb;
  throw InputError(
      fmt::format("there is no operation \"{}\"; {}", name, did_you_mean(name, names_of(kVerbs))));
}

ScheduledRequest parse(const std::string& line) {
  std::istringstream text(line);
  std::string reference, name, size, more;
  text >> reference >> name >> size;
  ScheduledRequest scheduled;
  scheduled.reference = parse_whole(reference);
  if (name.empty()) throw InputError("needs an operation: `100000 share`");
  const Verb& verb = find_verb(name);
  scheduled.request = verb.request;
  if (verb.has_size && size.empty()) throw InputError("needs a size: `100000 balloon 64MiB`");
  if (text >> more || (!verb.has_size && !size.empty()))
    throw InputError(verb.has_size ? "is complete after the size: `100000 balloon 64MiB`"
                                   : "is complete after the operation: `100000 share`");
  if (!verb.has_size) return scheduled;
  const uint64_t bytes = parse_size(size);
  if (bytes == 0 || (bytes & mask(PageSize::k4K)) != 0)
    throw InputError("the size must be a multiple of 4KiB, and not 0");
  scheduled.pages = bytes >> shift(PageSize::k4K);
  return scheduled;
}

}  // namespace

std::vector<ScheduledRequest> parse_schedule(const std::vector<std::string>& lines) {
  std::vector<ScheduledRequest> schedule;
  for (const std::string& line : lines) {
    try {
      schedule.push_back(parse(line));
    } catch (const InputError& error) {
      throw InputError(fmt::format("\"{}\": {}", line, error.what()));
    }
  }
  std::stable_sort(schedule.begin(), schedule.end(),
                   [](const auto& a, const auto& b) { return a.reference < b.reference; });
  return schedule;
}

}  // namespace nestwalk
