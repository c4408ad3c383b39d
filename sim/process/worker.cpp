// SPDX-License-Identifier: Apache-2.0
#include "sim/process/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "sim/io/input_error.h"
#include "sim/process/interruption.h"

namespace nestwalk {
namespace {

// The first byte that a worker sends says what follows.
constexpr char kAnswer = 'A';
constexpr char kReason = 'E';
constexpr char kWrongInput = 'I';

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void send(int pipe, const std::string& text) {
  size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t count = write(pipe, text.data() + sent, text.size() - sent);
    if (count < 0 && errno != EINTR) _exit(1);
    if (count > 0) sent += static_cast<size_t>(count);
  }
}

/// What interrupts a whole group of processes is for the parent: it kills its workers, where one
/// that ends by itself would be taken for a failure, or for a result. Blocked, since the work may
/// install handlers.
void leave_interruptions_to_the_parent() {
  sigset_t interruptions;
  sigemptyset(&interruptions);
  for (const int one : kInterruptions) sigaddset(&interruptions, one);
  sigprocmask(SIG_BLOCK, &interruptions, nullptr);
}

/// What becomes of a worker's process.
[[noreturn]] void live(int pipe, pid_t parent, const Worker::Work& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before that was asked for
  leave_interruptions_to_the_parent();
  std::signal(SIGPIPE, SIG_DFL);
  try {
    send(pipe, kAnswer + work());
  } catch (const InputError& error) {
    send(pipe, kWrongInput + std::string(error.what()));
  } catch (const std::exception& error) {
    send(pipe, kReason + std::string(error.what()));
  } catch (...) {
    send(pipe, kReason + std::string("an error without description"));
  }
  std::fflush(stderr);
  _exit(0);
}

}  // namespace

Worker::Worker(const Work& work) : began_(std::chrono::steady_clock::now()) {
  std::fflush(nullptr);  // or the worker would write it again
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::runtime_error(std::string("no pipe for a worker: ") + std::strerror(errno));
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    close(ends[0]);
    live(ends[1], parent, work);
  }
  close(ends[1]);
  pipe_ = ends[0];
  if (pid_ < 0) {
    close(pipe_);
    throw std::runtime_error(std::string("no process for a worker: ") + std::strerror(errno));
  }
}

Worker::Worker(Worker&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pipe_(std::exchange(other.pipe_, -1)),
      received_(std::move(other.received_)),
      began_(other.began_) {}

Worker::~Worker() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (pipe_ >= 0) close(pipe_);
}

std::optional<WorkerOutcome> Worker::collect() {
  std::array<char, 65536> part;
  const ssize_t count = read(pipe_, part.data(), part.size());
  if (count < 0 && errno == EINTR) return std::nullopt;
  if (count > 0) {
    received_.append(part.data(), static_cast<size_t>(count));
    return std::nullopt;
  }
  int status = 0;
  rusage usage{};
  wait4(pid_, &status, 0, &usage);
  pid_ = -1;
  WorkerOutcome result = outcome(status);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
  result.seconds = took.count();
  result.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  result.peak_memory = int64_t{usage.ru_maxrss} << 10;
  return result;
}

WorkerOutcome Worker::outcome(int status) const {
  WorkerOutcome outcome;
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    outcome.reason = fmt::format("ended by signal {} ({})", signal, strsignal(signal));
  } else if (received_.empty() || WEXITSTATUS(status) != 0) {
    outcome.reason = fmt::format("ended without a result, exit code {}", WEXITSTATUS(status));
  } else if (received_.front() == kAnswer) {
    outcome.answer = received_.substr(1);
  } else {
    outcome.reason = received_.substr(1);
    outcome.wrong_input = received_.front() == kWrongInput;
  }
  return outcome;
}

}  // namespace nestwalk
