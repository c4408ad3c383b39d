// SPDX-License-Identifier: Apache-2.0
#include "model/tlm/access_order.h"

#include <gtest/gtest.h>

namespace nestwalk {
namespace {

struct Bytes {
  uint64_t address;
  unsigned length;
  unsigned streaming_width = 0;
};

bool ordered(tlm::tlm_command older, const Bytes& first, tlm::tlm_command younger,
             const Bytes& second) {
  const auto payload = [](tlm::tlm_generic_payload& made, tlm::tlm_command command,
                          const Bytes& bytes) {
    made.set_command(command);
    made.set_address(bytes.address);
    made.set_data_length(bytes.length);
    made.set_streaming_width(bytes.streaming_width);
  };
  tlm::tlm_generic_payload one;
  tlm::tlm_generic_payload other;
  payload(one, older, first);
  payload(other, younger, second);
  return must_keep_order(one, other);
}

constexpr auto kRead = tlm::TLM_READ_COMMAND;
constexpr auto kWrite = tlm::TLM_WRITE_COMMAND;
constexpr auto kIgnore = tlm::TLM_IGNORE_COMMAND;

TEST(AccessOrder, IsOfAccessesThatShareAByteAndOneOfWhichWrites) {
  EXPECT_TRUE(ordered(kWrite, {100, 8}, kRead, {107, 1}));
  EXPECT_TRUE(ordered(kRead, {107, 1}, kWrite, {100, 8}));
  EXPECT_TRUE(ordered(kWrite, {100, 8}, kWrite, {96, 5}));
  EXPECT_FALSE(ordered(kRead, {100, 8}, kRead, {100, 8}));
  EXPECT_FALSE(ordered(kWrite, {100, 8}, kRead, {108, 8}));
  EXPECT_FALSE(ordered(kWrite, {100, 8}, kRead, {92, 8}));
  EXPECT_TRUE(ordered(kWrite, {~uint64_t{0} - 7, 8}, kRead, {~uint64_t{0}, 1}));
}

TEST(AccessOrder, IsNotOfWhatMovesNothing) {
  EXPECT_FALSE(ordered(kIgnore, {100, 8}, kWrite, {100, 8}));
  EXPECT_FALSE(ordered(kWrite, {100, 8}, kIgnore, {100, 8}));
  EXPECT_FALSE(ordered(kWrite, {100, 0}, kRead, {100, 8}));
  EXPECT_FALSE(ordered(kWrite, {100, 8}, kRead, {104, 0}));
}

TEST(AccessOrder, TakesAStreamForTheBytesOfItsWidth) {
  EXPECT_FALSE(ordered(kWrite, {100, 64, 8}, kRead, {108, 8}));
  EXPECT_TRUE(ordered(kWrite, {100, 64, 8}, kRead, {107, 8}));
  EXPECT_FALSE(ordered(kRead, {100, 8}, kWrite, {92, 64, 8}));
}

}  // namespace
}  // namespace nestwalk
