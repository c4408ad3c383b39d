// SPDX-License-Identifier: Apache-2.0
#include "sim/io/output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "sim/io/byte_sink.h"
#include "sim/io/destination.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

namespace fs = std::filesystem;

/// A device or a pipe: nothing to rename over.
bool is_special(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  return fs::exists(status) && !fs::is_regular_file(status);
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

}  // namespace

void require_writable(const std::string& path) {
  if (path.empty()) throw InputError("an output needs a name; it is empty");
  if (path == "-") return;
  const fs::path target = destination(path);
  std::error_code ignored;
  if (fs::is_directory(target, ignored)) throw InputError(path, "is a directory, not a file");
  const fs::path folder = folder_of(target);
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored))
    throw InputError(path, "cannot be written: " + folder.string() + " is no directory");
  const auto require = [&path](bool possible) {
    if (!possible)
      throw InputError(path, std::string("cannot be written: ") + std::strerror(errno));
  };
  if (is_special(target)) return require(access(target.c_str(), W_OK) == 0);
  struct stat status {};
  if (stat(folder.c_str(), &status) == 0 && status.st_nlink == 0)
    throw InputError(path, "cannot be written: its folder has been deleted");
  require(access(folder.c_str(), W_OK) == 0);
  require(access(aside_of(target).c_str(), F_OK) == 0 || errno == ENOENT);  // its name is longer
}

void require_apart(const std::string& output, const std::string& input) {
  if (output == "-") return;
  std::error_code ignored;
  if (fs::is_regular_file(output, ignored) && fs::equivalent(output, input, ignored))
    throw InputError(output, "would replace " + input + ", which is read; write to another file");
}

void write_file_atomically(const std::string& path, std::string_view text) {
  if (path == "-") std::fflush(stdout);  // what was printed before stands before it
  const std::unique_ptr<ByteSink> file = create_bytes(path);
  file->write(text.data(), text.size());
  file->commit();
}

}  // namespace nestwalk
