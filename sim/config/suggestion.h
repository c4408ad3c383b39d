// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nestwalk {

/// The candidate that a misspelt word most likely means; empty if none is near.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

/// The end of a message about a word that is none of them: `did you mean run?`, or all there are.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// Of things that have a name.
template <class Things>
std::vector<std::string> names_of(const Things& things) {
  std::vector<std::string> names;
  for (const auto& thing : things) names.emplace_back(thing.name);
  return names;
}

}  // namespace nestwalk
