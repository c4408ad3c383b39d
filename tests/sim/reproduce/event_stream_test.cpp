// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/event_stream.h"

#include <gtest/gtest.h>

#include "sim/stream/workload/workload.h"

namespace nestwalk {
namespace {

TEST(EventStream, PutsEachListAfterItsInterval) {
  EventStream stream(open_workload("chase:size=1MiB,references=25", 1), 10, [](uint64_t number) {
    return std::vector<StreamEvent>{{ControlOperation::kInvlpg, number},
                                    {ControlOperation::kInvvpidAll, 0}};
  });
  std::string order;
  Reference batch[4];
  while (const size_t size = stream.read(batch, 4))
    for (size_t i = 0; i < size; ++i) {
      const bool control = batch[i].kind == ReferenceKind::kControl;
      order += control ? (batch[i].size == static_cast<uint8_t>(ControlOperation::kInvlpg)
                              ? static_cast<char>('0' + batch[i].address)
                              : '!')
                       : '.';
    }
  EXPECT_EQ(order, "..........0!..........1!.....");
}

}  // namespace
}  // namespace nestwalk
