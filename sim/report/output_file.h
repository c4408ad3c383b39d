// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nestwalk {

/// Where a path leads, through links, whether or not the file is there.
std::filesystem::path destination(const std::string& path);

/// Throws InputError if a file cannot be written there: asked before a long run, not after it.
void require_writable(const std::string& path);

/// Throws InputError if both are one file, by whatever names: what is read must not be replaced.
void require_apart(const std::string& output, const std::string& input);

/// Replaces the file as a whole: written aside, then renamed. `-` is standard output; a device or
/// a pipe is written to as it is. Throws std::runtime_error.
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace nestwalk
