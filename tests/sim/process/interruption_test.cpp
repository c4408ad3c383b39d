// SPDX-License-Identifier: Apache-2.0
#include "sim/process/interruption.h"

#include <gtest/gtest.h>

namespace nestwalk {
namespace {

using Handler = void (*)(int);

Handler handler_of(int signal) {
  struct sigaction action = {};
  sigaction(signal, nullptr, &action);
  return action.sa_handler;
}

/// Nothing is ignored at first, whoever runs the tests in the background.
class InterruptionTest : public testing::Test {
 protected:
  InterruptionTest() {
    for (size_t i = 0; i < kInterruptions.size(); ++i)
      before_[i] = std::signal(kInterruptions[i], SIG_DFL);
  }
  ~InterruptionTest() override {
    for (size_t i = 0; i < kInterruptions.size(); ++i) std::signal(kInterruptions[i], before_[i]);
  }

 private:
  std::array<Handler, kInterruptions.size()> before_;
};

TEST_F(InterruptionTest, AsksForAnEndOnceAndThenKills) {
  for (const int first : kInterruptions) {
    {
      const Interruption interruption;
      EXPECT_FALSE(interruption.requested());
      EXPECT_FALSE(is_interrupted());
      std::raise(first);
      EXPECT_TRUE(interruption.requested());
      EXPECT_TRUE(is_interrupted());
      for (const int second : kInterruptions)
        EXPECT_EQ(handler_of(second), SIG_DFL) << second << " after " << first;
    }
    EXPECT_FALSE(is_interrupted());
    EXPECT_EQ(handler_of(first), SIG_DFL);
  }
}

TEST_F(InterruptionTest, IsNoneWhereItWasIgnored) {
  for (const int ignored : kInterruptions) {
    std::signal(ignored, SIG_IGN);
    {
      const Interruption interruption;
      std::raise(ignored);
      EXPECT_FALSE(interruption.requested()) << ignored;
      const int other = ignored == SIGINT ? SIGTERM : SIGINT;
      std::raise(other);
      EXPECT_TRUE(interruption.requested()) << other;
      EXPECT_EQ(handler_of(ignored), SIG_IGN) << "after " << other;
    }
    EXPECT_EQ(handler_of(ignored), SIG_IGN);
    std::signal(ignored, SIG_DFL);
  }
}

}  // namespace
}  // namespace nestwalk
