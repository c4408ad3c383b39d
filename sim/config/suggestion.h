// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nestwalk {

/// The candidate that a misspelt word most likely means; empty if none is near.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace nestwalk
