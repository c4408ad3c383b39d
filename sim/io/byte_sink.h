// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace nestwalk {

/// Where bytes go: a file, which appears under its name when it is complete, or a pipe.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Throws std::runtime_error where they cannot be written: the disk is full.
  virtual void write(const void* data, size_t bytes) = 0;
  /// All is written: a file takes its name. Without it, nothing is left behind.
  virtual void commit() = 0;
};

/// A file written aside and renamed by commit(), so that an old one stays until then, and links
/// stay links; or standard output where `path` is `-`. What is no regular file (a FIFO) is written
/// directly. Throws InputError where nothing can be created.
std::unique_ptr<ByteSink> create_bytes(const std::string& path);

}  // namespace nestwalk
