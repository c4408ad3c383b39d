// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace nestwalk {

/// Path of an executable file, sought in PATH unless the name has a slash; nullopt if there is
/// none.
std::optional<std::string> find_executable(const std::string& name);

/// Throws InputError unless the file is an ELF program for x86-64 Linux.
void require_x86_64_program(const std::string& path);

/// Path of the recording plugin: in lib/nestwalk beside or above this program. Throws InputError.
std::string find_recorder_plugin();

}  // namespace nestwalk
