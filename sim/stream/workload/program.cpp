// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/program.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace nestwalk {
namespace {

constexpr size_t kBatch = 8192;

/// Two batches between the program's thread and the reader's: one is filled while the other is
/// read.
class Channel : public Emitter {
 public:
  Channel() { set_place(batches_[0].data(), batches_[0].data() + kBatch); }

  /// The reader's side: the next full batch, or nullptr if the program has ended. Gives the batch
  /// that it returned before back to the program.
  const Reference* next() {
    std::unique_lock lock(mutex_);
    read_ = nullptr;
    changed_.notify_one();
    changed_.wait(lock, [&] { return full_ != nullptr || ended_; });
    read_ = std::exchange(full_, nullptr);
    changed_.notify_one();
    return read_;
  }
  /// The reader's side: no more is wanted. The program ends at its next full batch.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }

  /// The program's side.
  void run(Program& program) {
    std::exception_ptr error;
    try {
      program.run(*this);
    } catch (const Stopped&) {
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    error_ = error;
    ended_ = true;
    changed_.notify_one();
  }
  /// Why it ended early, once it has.
  std::exception_ptr error() const { return error_; }

 private:
  struct Stopped {};

  void exchange() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return full_ == nullptr || stopped_; });
    full_ = batches_[filling_].data();
    changed_.notify_one();
    filling_ ^= 1;
    Reference* const place = batches_[filling_].data();
    changed_.wait(lock, [&] { return read_ != place || stopped_; });
    if (stopped_) throw Stopped();
    set_place(place, place + kBatch);
  }

  std::array<std::vector<Reference>, 2> batches_{std::vector<Reference>(kBatch),
                                                 std::vector<Reference>(kBatch)};
  size_t filling_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  const Reference* full_ = nullptr;  ///< A batch that the reader has not taken yet.
  const Reference* read_ = nullptr;  ///< The batch that the reader has.
  bool stopped_ = false;
  bool ended_ = false;
  std::exception_ptr error_;
};

class ProgramStream : public Stream {
 public:
  ProgramStream(std::unique_ptr<Program> program, uint64_t references)
      : program_(std::move(program)), references_(references), left_(references) {}
  ~ProgramStream() override {
    if (!thread_.joinable()) return;
    channel_.stop();
    thread_.join();
  }

  size_t read(Reference* batch, size_t capacity) override {
    if (left_ == 0) return 0;
    if (next_ == end_) take_batch();
    const size_t count =
        std::min({static_cast<uint64_t>(end_ - next_), static_cast<uint64_t>(capacity), left_});
    std::copy_n(next_, count, batch);
    next_ += count;
    left_ -= count;
    return count;
  }

  std::optional<uint64_t> length() const override { return references_; }
  std::vector<VirtualRange> ranges() const override { return {program_->region()}; }
  std::optional<VirtualRange> primary_region() const override { return program_->region(); }
  ProcessorHint processor_hint() const override { return program_->processor_hint(); }

 private:
  void take_batch() {
    if (!thread_.joinable()) thread_ = std::thread([this] { channel_.run(*program_); });
    next_ = channel_.next();
    if (next_ == nullptr) {  // only an error ends it early
      end_ = nullptr;
      std::rethrow_exception(channel_.error());
    }
    end_ = next_ + kBatch;
  }

  std::unique_ptr<Program> program_;
  uint64_t references_;
  uint64_t left_;
  const Reference* next_ = nullptr;
  const Reference* end_ = nullptr;
  Channel channel_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Stream> stream_of(std::unique_ptr<Program> program, uint64_t references) {
  return std::make_unique<ProgramStream>(std::move(program), references);
}

}  // namespace nestwalk
