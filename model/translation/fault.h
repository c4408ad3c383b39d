// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"

namespace nestwalk {

enum class FaultKind : uint8_t {
  kNone,
  kNotCanonical,         ///< #GP(0): the gVA is not canonical; no table was read.
  kGuestPage,            ///< #PF: `code` is its error code, `virtual_address` its CR2.
  kNestedPage,           ///< AMD #NPF: `code` is EXITINFO1, `physical_address` EXITINFO2.
  kEptViolation,         ///< Intel: `code` is the exit qualification.
  kEptMisconfiguration,  ///< Intel: `code` is 0.
};

/// Why a translation failed, as the architecture reports it (spec 2.7).
struct Fault {
  FaultKind kind = FaultKind::kNone;
  uint64_t code = 0;
  GuestVirtual virtual_address{};
  GuestPhysical physical_address{};

  explicit operator bool() const { return kind != FaultKind::kNone; }
};

}  // namespace nestwalk
