// SPDX-License-Identifier: Apache-2.0
#include "sim/translate/fault_text.h"

#include <fmt/format.h>

namespace nestwalk {
namespace {

// Bits of #PF codes and of EXITINFO1.
constexpr uint64_t kPresent = 1 << 0;
constexpr uint64_t kReserved = 1 << 3;

const char* cause(uint64_t code) {
  if ((code & kReserved) != 0) return "reserved bit set";
  if ((code & kPresent) != 0) return "protection";
  return "not present";
}

const char* target(const PageWalk& walk) {
  return walk.guest_level() == 0 ? "data" : "guest table";
}

std::string nested(const PageWalk& walk, const std::string& what) {
  const std::string where = walk.nested_level() == 0
                                ? std::string()
                                : fmt::format(", nested level {}", walk.nested_level());
  return fmt::format("{}, {} at gPA {:#x}{}", what, target(walk),
                     walk.fault().physical_address.value(), where);
}

}  // namespace

std::string describe_fault(const PageWalk& walk) {
  const Fault& fault = walk.fault();
  switch (fault.kind) {
    case FaultKind::kNone:
      break;
    case FaultKind::kNotCanonical:
      return "#GP(0), address not canonical";
    case FaultKind::kGuestPage:
      return fmt::format("#PF code {:#x}, {} at level {}", fault.code, cause(fault.code),
                         walk.guest_level());
    case FaultKind::kNestedPage:
      return nested(walk, fmt::format("#NPF code {:#x}, {}", fault.code, cause(fault.code)));
    case FaultKind::kEptViolation:
      return nested(walk, fmt::format("EPT violation, qualification {:#x}", fault.code));
    case FaultKind::kEptMisconfiguration:
      return nested(walk, "EPT misconfiguration");
  }
  return "none";
}

}  // namespace nestwalk
