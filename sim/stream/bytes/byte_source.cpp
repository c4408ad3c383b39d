// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/bytes/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/io/input_error.h"
#include "sim/process/interruption.h"

namespace nestwalk {
namespace {

constexpr int kPollMilliseconds = 100;

class FileSource : public ByteSource {
 public:
  explicit FileSource(const std::string& path) : name_(display_name(path)) {
    descriptor_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw InputError(name_, fmt::format("cannot open: {}", strerror(errno)));
    struct stat status {};
    ::fstat(descriptor_, &status);
    if (S_ISDIR(status.st_mode)) {
      close_own();
      throw InputError(name_, "is a directory; a trace is one file");
    }
    seekable_ = S_ISREG(status.st_mode) && descriptor_ != STDIN_FILENO;
    size_ = seekable_ ? static_cast<uint64_t>(status.st_size) : 0;
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { close_own(); }

  size_t read(char* to, size_t capacity) override {
    if (!seekable_) wait();
    for (;;) {
      const ssize_t got = ::read(descriptor_, to, capacity);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) {
        throw InputError(name_, fmt::format("cannot read: {}", strerror(errno)));
      }
    }
  }

  bool seekable() const override { return seekable_; }
  uint64_t size() const override { return size_; }
  void seek(uint64_t offset) override {
    if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) {
      throw InputError(name_, fmt::format("cannot seek to byte {}: {}", offset, strerror(errno)));
    }
  }

 private:
  /// Until a read would not wait: that could not be interrupted.
  void wait() const {
    for (;;) {
      pollfd waited{descriptor_, POLLIN, 0};
      const int ready = ::poll(&waited, 1, kPollMilliseconds);
      if (ready > 0 || (ready < 0 && errno != EINTR)) return;
      if (is_interrupted()) throw Interrupted();
    }
  }
  void close_own() const {
    if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
  }

  std::string name_;
  int descriptor_ = -1;
  bool seekable_ = false;
  uint64_t size_ = 0;
};

}  // namespace

std::string display_name(const std::string& path) {
  return path == "-" ? "standard input" : path;
}

bool can_be_read_again(const std::string& path) {
  struct stat status {};
  return path != "-" &&
         (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

std::unique_ptr<ByteSource> open_bytes(const std::string& path) {
  return std::make_unique<FileSource>(path);
}

}  // namespace nestwalk
