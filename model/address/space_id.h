// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

/// Process-context identifier of a guest address space: 0 to 4095 (Intel SDM vol. 3, 4.10.1).
enum class Pcid : uint16_t {};
/// Virtual-processor identifier: names the VM that TLB entries belong to. 0 is the host itself.
enum class Vpid : uint16_t {};

/// The two maps that compose a translation (spec 1).
enum class Dimension : uint8_t {
  kGuest,   ///< gVA -> gPA; natively VA -> PA.
  kNested,  ///< gPA -> hPA.
};

inline constexpr uint16_t kMaxPcid = 4095;

}  // namespace nestwalk
