// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/cell_worker.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace nestwalk {
namespace {

// The first byte of what a worker says.
constexpr char kAnswer = '+';
constexpr char kFailure = '-';

void write_all(int descriptor, const std::string& text) {
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    written += static_cast<size_t>(count);
  }
}

[[noreturn]] void be_worker(const std::function<std::string()>& work, int descriptor,
                            pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before the line above
  setpgid(0, 0);                      // not reached by Ctrl-C: the parent decides what that means
  std::string said;
  try {
    said = kAnswer + work();
  } catch (const std::exception& error) {
    said = kFailure + std::string(error.what());
  }
  write_all(descriptor, said);
  _exit(0);
}

}  // namespace

CellWorker::CellWorker(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0)
    throw std::runtime_error(std::string("no pipe for a worker: ") + std::strerror(errno));
  std::fflush(nullptr);  // or the worker would write it again
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ == 0) {
    close(ends[0]);
    be_worker(work, ends[1], parent);
  }
  close(ends[1]);
  pipe_ = ends[0];
  if (process_ < 0) {
    close(pipe_);
    throw std::runtime_error(std::string("no process for a worker: ") + std::strerror(errno));
  }
}

CellWorker::~CellWorker() {
  close(pipe_);
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

bool CellWorker::read() {
  std::array<char, 1 << 16> buffer;
  const ssize_t count = ::read(pipe_, buffer.data(), buffer.size());
  if (count < 0) return errno != EINTR && errno != EAGAIN;
  said_.append(buffer.data(), static_cast<size_t>(count));
  return count == 0;
}

std::string CellWorker::answer() {
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  if (!said_.empty() && said_.front() == kAnswer) return said_.substr(1);
  if (!said_.empty()) throw std::runtime_error(said_.substr(1));
  throw std::runtime_error(WIFSIGNALED(status)
                               ? std::string("killed: ") + strsignal(WTERMSIG(status))
                               : "ended without an answer");
}

}  // namespace nestwalk
