// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "sim/io/byte_sink.h"

namespace nestwalk {

/// The path without the suffix that names a compression, `.gz`, `.xz` or `.zst`, if it has one.
std::string without_compression(const std::string& path);

/// Where bytes go to a path, compressed as its suffix names: gzip, xz or Zstandard, else as they
/// are. As create_bytes.
std::unique_ptr<ByteSink> create_compressed(const std::string& path);

}  // namespace nestwalk
