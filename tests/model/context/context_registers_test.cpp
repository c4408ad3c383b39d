// SPDX-License-Identifier: Apache-2.0
#include "model/context/context_registers.h"

#include <gtest/gtest.h>

namespace nestwalk {
namespace {

TranslationContext context_of(uint64_t root, const EscapeFilter* filter) {
  TranslationContext context;
  context.guest.root = GuestPhysical(root);
  context.guest_filter = filter;
  return context;
}

TEST(ContextRegisters, AContextIsKeptAsLongAsItIsHeld) {
  EscapeFilter filter{FilterConfig{}};
  filter.insert(7);
  ContextRegisters registers;
  registers.set(context_of(0x1000, &filter));
  const ContextRegisters::Hold first = registers.hold();
  filter.clear();
  registers.set(context_of(0x2000, &filter));
  registers.set(context_of(0x3000, nullptr));
  EXPECT_EQ(first.context().guest.root, GuestPhysical(0x1000));
  EXPECT_TRUE(first.context().guest_filter->contains(7)) << "as it was when it was written";
  EXPECT_EQ(registers.context().guest.root, GuestPhysical(0x3000));
}

TEST(ContextRegisters, TheRunningContextMayBeWrittenAnew) {
  EscapeFilter filter{FilterConfig{}};
  filter.insert(7);
  ContextRegisters registers;
  registers.set(context_of(0x1000, &filter));
  const uint32_t epoch = registers.epoch();
  registers.set(registers.context());
  EXPECT_NE(registers.epoch(), epoch);
  EXPECT_EQ(registers.context().guest.root, GuestPhysical(0x1000));
  EXPECT_TRUE(registers.context().guest_filter->contains(7));
}

}  // namespace
}  // namespace nestwalk
