// SPDX-License-Identifier: Apache-2.0
#include "sim/process/worker_pool.h"

#include <poll.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

namespace nestwalk {
namespace {

constexpr int kPollMilliseconds = 200;

}  // namespace

void WorkerPool::run_all(size_t count, const std::function<Worker::Work(size_t)>& work,
                         const std::function<void()>& meanwhile) {
  size_t next = 0;
  while (next < count || !is_empty()) {
    if (next < count && !is_full()) {
      start(static_cast<int64_t>(next), work(next));
      ++next;
      continue;
    }
    collect();
    meanwhile();
  }
}

void WorkerPool::collect() {
  std::vector<pollfd> waiting;
  for (const Running& one : running_) waiting.push_back({one.worker.descriptor(), POLLIN, 0});
  if (poll(waiting.data(), waiting.size(), kPollMilliseconds) < 0) {
    if (errno == EINTR) return;
    throw std::runtime_error("cannot wait for workers");
  }
  auto one = running_.begin();
  for (const pollfd& descriptor : waiting) {
    const auto outcome = descriptor.revents != 0 ? one->worker.collect() : std::nullopt;
    if (!outcome) {
      ++one;
      continue;
    }
    const int64_t number = one->number;
    one = running_.erase(one);
    ended_(number, *outcome);
  }
}

}  // namespace nestwalk
