// SPDX-License-Identifier: Apache-2.0
#include "sim/experiment/interruption.h"

namespace nestwalk {
namespace {

std::atomic<bool> requested_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the handler may only touch such a flag");

void request(int signal) {
  requested_flag = true;
  std::signal(signal, SIG_DFL);
}

}  // namespace

Interruption::Interruption() {
  requested_flag = false;
  struct sigaction action = {};
  action.sa_handler = request;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &interrupt_before_);
  sigaction(SIGTERM, &action, &terminate_before_);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &interrupt_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
}

const std::atomic<bool>& Interruption::requested() const {
  return requested_flag;
}

}  // namespace nestwalk
