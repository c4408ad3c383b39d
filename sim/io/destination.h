// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace nestwalk {

/// Where a path leads, through links, whether or not the file is there.
std::filesystem::path destination(const std::string& path);

/// The name that a file has right before it takes the one of the target.
std::string aside_of(const std::filesystem::path& target);

}  // namespace nestwalk
