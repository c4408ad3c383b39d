// SPDX-License-Identifier: Apache-2.0
#include "sim/process/shared_counts.h"

#include <gtest/gtest.h>

#include "sim/process/worker_pool.h"

namespace nestwalk {
namespace {

TEST(SharedCounts, AreSeenByTheParent) {
  SharedCounts counts(3);
  EXPECT_EQ(counts.sum(), 0U);
  WorkerPool pool(2, [](int64_t, const WorkerOutcome&) {});
  pool.run_all(3, [&counts](size_t i) -> Worker::Work {
    return [&counts, i] {
      counts.set(i, 7);
      counts.set(i, uint64_t{1} << (20 * i));
      return std::string();
    };
  });
  EXPECT_EQ(counts.sum(), 1 + (uint64_t{1} << 20) + (uint64_t{1} << 40));
}

}  // namespace
}  // namespace nestwalk
