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

TEST(Interruption, AsksForAnEndOnceAndThenKills) {
  for (const int first : kInterruptions) {
    const Handler before = handler_of(first);
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
    EXPECT_EQ(handler_of(first), before);
  }
}

TEST(Interruption, IsNoneWhereItWasIgnored) {
  for (const int ignored : kInterruptions) {
    const Handler before = std::signal(ignored, SIG_IGN);
    {
      const Interruption interruption;
      std::raise(ignored);
      EXPECT_FALSE(interruption.requested()) << ignored;
    }
    EXPECT_EQ(handler_of(ignored), SIG_IGN);
    std::signal(ignored, before);
  }
}

}  // namespace
}  // namespace nestwalk
