// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <stdexcept>

#include "sim/io/input_error.h"
#include "sim/process/worker_pool.h"

namespace nestwalk {
namespace {

WorkerOutcome outcome_of(const Worker::Work& work) {
  Worker worker(work);
  while (true)
    if (const auto outcome = worker.collect()) return *outcome;
}

TEST(Worker, AnswersWithAnyLength) {
  const std::string text(300000, 'x');
  const WorkerOutcome outcome = outcome_of([&] { return text; });
  EXPECT_EQ(outcome.answer, text);
  EXPECT_GT(outcome.seconds, 0);
  EXPECT_GT(outcome.peak_memory, 0);
  EXPECT_EQ(outcome_of([] { return std::string(); }).answer, "");
}

TEST(Worker, PassesOnWhatIsThrown) {
  const WorkerOutcome outcome =
      outcome_of([]() -> std::string { throw std::runtime_error("broken"); });
  EXPECT_FALSE(outcome.answer);
  EXPECT_EQ(outcome.reason, "broken");
  EXPECT_FALSE(outcome.wrong_input);
}

TEST(Worker, TellsWrongInputFromAFailure) {
  const WorkerOutcome outcome = outcome_of([]() -> std::string { throw InputError("wrong"); });
  EXPECT_FALSE(outcome.answer);
  EXPECT_EQ(outcome.reason, "wrong");
  EXPECT_TRUE(outcome.wrong_input);
}

TEST(Worker, TellsHowItDied) {
  EXPECT_EQ(outcome_of([] {
              raise(SIGKILL);
              return std::string("never");
            }).reason,
            "ended by signal 9 (Killed)");
  EXPECT_EQ(outcome_of([]() -> std::string { _exit(3); }).reason,
            "ended without a result, exit code 3");
}

TEST(Worker, IsNotReachedByWhatInterruptsItsParent) {
  const WorkerOutcome outcome = outcome_of([] {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      std::signal(signal, SIG_DFL);
      raise(signal);
    }
    return std::string("goes on");
  });
  EXPECT_EQ(outcome.answer, "goes on");
}

TEST(Worker, IsKilledWhereNobodyCollectsIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  {
    Worker worker([&] {
      close(ends[0]);
      pause();
      return std::string();
    });
    close(ends[1]);
  }
  char byte;
  EXPECT_EQ(read(ends[0], &byte, 1), 0) << "its end of the pipe is still open";
  close(ends[0]);
}

TEST(WorkerPool, RunsSomeAtATime) {
  std::set<std::string> answers;
  WorkerPool pool(3, [&answers](int64_t number, const WorkerOutcome& outcome) {
    EXPECT_EQ(outcome.answer, std::to_string(number));
    answers.insert(*outcome.answer);
  });
  size_t waits = 0;
  const auto work = [&pool](size_t number) {
    EXPECT_FALSE(pool.is_full());
    return [number] { return std::to_string(number); };
  };
  pool.run_all(10, work, [&] { ++waits; });
  EXPECT_EQ(answers.size(), 10u);
  EXPECT_GE(waits, 4u);  // 3 at a time
  EXPECT_TRUE(pool.is_empty());
}

}  // namespace
}  // namespace nestwalk
