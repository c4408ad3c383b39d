// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/recorder/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace nestwalk {
namespace {

[[noreturn]] void fail(const std::string& path, int error) {
  throw std::runtime_error(path + ": cannot start: " + strerror(error));
}

/// What a forked child does to become the program; comes back, with errno, where it cannot. It ends
/// with its parent, whatever ends that.
void become(const char* path, char* const* argv,
            const std::vector<ChildProcess::Redirection>& redirections, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before that was asked for
  for (const int number : {SIGTERM, SIGPIPE, SIGXFSZ}) std::signal(number, SIG_DFL);
  for (const ChildProcess::Redirection& one : redirections) {
    const bool is_there = one.from == one.to;
    if (is_there ? ::fcntl(one.from, F_SETFD, 0) < 0 : ::dup2(one.to, one.from) < 0) return;
  }
  ::execv(path, argv);
}

}  // namespace

ChildProcess::ChildProcess(const std::string& path, const std::vector<std::string>& arguments,
                           const std::vector<Redirection>& redirections) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.data()));
  argv.push_back(nullptr);

  int report[2];  // closed by exec, or told why there was none
  if (::pipe2(report, O_CLOEXEC) != 0) fail(path, errno);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) {
    become(path.c_str(), argv.data(), redirections, parent);
    const int why = errno;
    [[maybe_unused]] const ssize_t told = ::write(report[1], &why, sizeof why);
    ::_exit(127);
  }
  int error = errno;
  ::close(report[1]);
  const bool started = process_ > 0 && ::read(report[0], &error, sizeof error) == 0;
  ::close(report[0]);
  if (started) return;
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
  fail(path, error);
}

ChildProcess::~ChildProcess() {
  if (process_ < 0 || status_) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ChildProcess::ended() {
  if (status_) return true;
  int status = 0;
  if (::waitpid(process_, &status, WNOHANG) != process_) return false;
  status_ = status;
  return true;
}

void ChildProcess::send_signal(int number) const {
  if (!status_) ::kill(process_, number);
}

}  // namespace nestwalk
