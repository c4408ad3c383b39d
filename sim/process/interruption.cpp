// SPDX-License-Identifier: Apache-2.0
#include "sim/process/interruption.h"

#include <unistd.h>

namespace nestwalk {
namespace {

using Actions = std::array<struct sigaction, kInterruptions.size()>;

std::atomic<bool> requested_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the handler may only touch such a flag");

void request(int) {
  requested_flag = true;
  for (const int one : kInterruptions) {
    struct sigaction now;
    sigaction(one, nullptr, &now);
    if (now.sa_handler != SIG_IGN) std::signal(one, SIG_DFL);
  }
}

void tell_and_end(int) {
  constexpr char kMessage[] = "nestwalk: interrupted\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(1);
}

/// Returns what was done before.
Actions handle_by(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  Actions before;
  for (size_t i = 0; i < kInterruptions.size(); ++i) {
    sigaction(kInterruptions[i], nullptr, &before[i]);
    if (before[i].sa_handler == SIG_IGN) continue;
    sigaction(kInterruptions[i], &action, nullptr);
  }
  return before;
}

}  // namespace

Interruption::Interruption() {
  requested_flag = false;
  before_ = handle_by(request);
}

Interruption::~Interruption() {
  for (size_t i = 0; i < kInterruptions.size(); ++i)
    sigaction(kInterruptions[i], &before_[i], nullptr);
  requested_flag = false;
}

const std::atomic<bool>& Interruption::requested() const {
  return requested_flag;
}

bool is_interrupted() {
  return requested_flag;
}

void tell_of_interruptions() {
  handle_by(tell_and_end);
}

}  // namespace nestwalk
