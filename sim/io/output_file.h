// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace nestwalk {

/// Throws InputError if a file cannot be written there: asked before a long run, not after it.
void require_writable(const std::string& path);

/// Throws InputError if both are one file, by whatever names: what is read must not be replaced.
void require_apart(const std::string& output, const std::string& input);

/// Replaces the file as a whole, as `create_bytes` does. Throws std::runtime_error.
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace nestwalk
