// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/recorder/child_process.h"

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

extern char** environ;

namespace nestwalk {

ChildProcess::ChildProcess(const std::string& path, const std::vector<std::string>& arguments,
                           const std::vector<Redirection>& redirections) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.data()));
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const Redirection& one : redirections) {
    posix_spawn_file_actions_adddup2(&actions, one.to, one.from);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&defaults, number);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  const int error =
      posix_spawn(&process_, path.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    process_ = -1;
    throw std::runtime_error(path + ": cannot start: " + strerror(error));
  }
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
