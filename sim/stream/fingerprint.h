// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace nestwalk {

/// Tells a file from another of the same name: its size, and a checksum of its first and last
/// 64 KiB. Throws InputError if it cannot be read.
std::string fingerprint(const std::string& path);

}  // namespace nestwalk
