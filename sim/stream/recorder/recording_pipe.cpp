// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/recorder/recording_pipe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace nestwalk {
namespace {
constexpr int kPipeBytes = 1 << 20;
constexpr int kPollMilliseconds = 20;
}  // namespace

RecordingPipe::RecordingPipe() {
  if (::pipe2(ends_, O_CLOEXEC) != 0) {
    throw std::runtime_error(fmt::format("no pipe: {}", strerror(errno)));
  }
  ::fcntl(ends_[1], F_SETPIPE_SZ, kPipeBytes);  // refused beyond the user's limit: then smaller
}

RecordingPipe::~RecordingPipe() {
  ::close(ends_[0]);
  ::close(ends_[1]);
}

std::string RecordingPipe::write_path() const {
  return fmt::format("/proc/{}/fd/{}", ::getpid(), ends_[1]);
}

size_t RecordingSource::read(char* to, size_t capacity) {
  // This process keeps a write end open, so that the end shows by the child, not by the pipe.
  for (;;) {
    end_child_if_asked();
    const bool ended = child_.ended();
    if (wait_for_data()) {
      const ssize_t got = ::read(pipe_.read_end(), to, capacity);
      if (got > 0) return static_cast<size_t>(got);
      if (got < 0 && errno != EINTR) {
        throw std::runtime_error(fmt::format("the recording pipe: {}", strerror(errno)));
      }
    } else if (ended) {
      return 0;
    }
  }
}

bool RecordingSource::wait_for_data() const {
  pollfd waited{pipe_.read_end(), POLLIN, 0};
  return ::poll(&waited, 1, kPollMilliseconds) > 0 && (waited.revents & POLLIN);
}

void RecordingSource::end_child() {
  enough_ = true;
  std::vector<char> dropped(kPipeBytes);
  while (read(dropped.data(), dropped.size()) > 0) {
  }
}

void RecordingSource::end_child_if_asked() {
  if (!enough_ && !(interrupted_ && *interrupted_)) return;
  if (!asked_to_end_) {
    asked_to_end_ = Clock::now();
    child_.send_signal(SIGTERM);
  } else if (Clock::now() - *asked_to_end_ > std::chrono::seconds(1)) {
    child_.send_signal(SIGKILL);
  }
}

}  // namespace nestwalk
