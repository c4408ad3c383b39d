// SPDX-License-Identifier: Apache-2.0
#include "sim/io/byte_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "sim/io/destination.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

namespace fs = std::filesystem;

class DescriptorSink : public ByteSink {
 public:
  DescriptorSink(int descriptor, std::string name)
      : name_(std::move(name)), descriptor_(descriptor) {}
  DescriptorSink(const DescriptorSink&) = delete;
  DescriptorSink& operator=(const DescriptorSink&) = delete;
  ~DescriptorSink() override { close_own(); }

  void write(const void* data, size_t bytes) override {
    const char* from = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t written = ::write(descriptor_, from, bytes);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("cannot write");
      from += written;
      bytes -= static_cast<size_t>(written);
    }
  }

  void commit() override {
    if (close_own() != 0) fail("cannot write");  // some file systems tell of a full disk only here
  }

 protected:
  [[noreturn]] void fail(const char* what) const {
    throw std::runtime_error(fmt::format("{}: {}: {}", name_, what, strerror(errno)));
  }
  const std::string& name() const { return name_; }
  int descriptor() const { return descriptor_; }

 private:
  int close_own() {
    return descriptor_ > STDERR_FILENO ? ::close(std::exchange(descriptor_, -1)) : 0;
  }

  std::string name_;
  int descriptor_;
};

/// A file that takes its name by commit(). Until then it has none at all, so that nothing is left
/// of it whatever ends this process; where the file system has no such files, `aside`.
class RenamedFileSink : public DescriptorSink {
 public:
  RenamedFileSink(int descriptor, std::string aside, const std::string& path)
      : DescriptorSink(descriptor, path), aside_(std::move(aside)) {}
  ~RenamedFileSink() override {
    if (!aside_.empty()) ::unlink(aside_.c_str());
  }

  void commit() override {
    if (aside_.empty()) link_aside();
    DescriptorSink::commit();
    if (::rename(aside_.c_str(), name().c_str()) != 0) fail("cannot rename into place");
    aside_.clear();
  }

 private:
  /// A new link replaces no file, as renaming does.
  void link_aside() {
    const std::string self = fmt::format("/proc/self/fd/{}", descriptor());
    const std::string aside = aside_of(name());
    ::unlink(aside.c_str());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, aside.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      fail("cannot be given its name");
    }
    aside_ = aside;
  }

  std::string aside_;
};

/// A file without a name, which /proc can give it one of; -1 where there is no such thing.
int open_nameless(const std::string& folder) {
  if (::access("/proc/self/fd", X_OK) != 0) return -1;
  return ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

mode_t default_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

std::unique_ptr<ByteSink> create_bytes(const std::string& path) {
  if (path == "-") return std::make_unique<DescriptorSink>(STDOUT_FILENO, "standard output");
  if (path.empty()) throw InputError("the output has no name; - is standard output");
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) throw InputError(path, fmt::format("cannot open: {}", strerror(errno)));
    return std::make_unique<DescriptorSink>(descriptor, path);
  }
  const fs::path target = destination(path);
  std::string aside = target.string() + ".XXXXXX";
  int descriptor = open_nameless(target.parent_path().string());
  const bool is_named = descriptor < 0;
  if (is_named) descriptor = ::mkostemp(aside.data(), O_CLOEXEC);
  if (descriptor < 0) throw InputError(path, fmt::format("cannot create: {}", strerror(errno)));
  ::fchmod(descriptor, exists ? status.st_mode & 0777 : default_mode());
  return std::make_unique<RenamedFileSink>(descriptor, is_named ? aside : std::string(),
                                           target.string());
}

}  // namespace nestwalk
