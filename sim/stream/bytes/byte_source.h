// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace nestwalk {

/// Where bytes come from: a file, a pipe, or a decompressor over another source.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Up to `capacity` bytes; 0 is the end. Throws InputError where they cannot be read, Interrupted
  /// where they do not come and an end is asked for.
  virtual size_t read(char* to, size_t capacity) = 0;

  /// Whether seek() works and size() is known: regular files that are not compressed.
  virtual bool seekable() const { return false; }
  virtual uint64_t size() const { return 0; }
  virtual void seek(uint64_t /*offset*/) {}
};

/// Opens a file, or standard input where `path` is `-`. Throws InputError.
std::unique_ptr<ByteSource> open_bytes(const std::string& path);

/// Whether what is at `path` can be read a second time: not standard input, no FIFO, no device.
/// What is not there, or a folder, is for whoever opens it to complain of.
bool can_be_read_again(const std::string& path);

/// Name of `path` in messages: `-` is called standard input.
std::string display_name(const std::string& path);

}  // namespace nestwalk
