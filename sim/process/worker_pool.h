// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <utility>

#include "sim/process/worker.h"

namespace nestwalk {

/// Workers that run at the same time, each under a number. Those that still run are killed with it.
class WorkerPool {
 public:
  using Ended = std::function<void(int64_t number, const WorkerOutcome&)>;

  /// `most` workers at a time; `ended` is told of each that has ended.
  WorkerPool(size_t most, Ended ended) : most_(most), ended_(std::move(ended)) {}

  size_t most() const { return most_; }
  bool is_full() const { return running_.size() >= most_; }
  bool is_empty() const { return running_.empty(); }

  /// Starts a worker; the pool is not full. Throws as Worker does.
  void start(int64_t number, const Worker::Work& work) { running_.emplace_back(number, work); }

  /// Starts `count` workers, numbered from 0, each when there is room, and waits for all;
  /// `meanwhile()` is called now and then. Throws what `start`, `collect` and `meanwhile` do.
  void run_all(
      size_t count, const std::function<Worker::Work(size_t)>& work,
      const std::function<void()>& meanwhile = [] {});

  /// Waits until a worker has something to say, or for a fifth of a second: whoever asks may have
  /// been interrupted. Throws what `ended` throws; that worker is gone.
  void collect();

 private:
  struct Running {
    Running(int64_t the_number, const Worker::Work& work) : number(the_number), worker(work) {}
    int64_t number;
    Worker worker;
  };

  size_t most_;
  Ended ended_;
  std::list<Running> running_;
};

}  // namespace nestwalk
