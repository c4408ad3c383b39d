// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace nestwalk {

/// Types of DynamoRIO's trace_entry_t {u16 type, u16 size, u64 address}, those that matter here.
/// Names and numbers follow trace_type_t of its clients/drcachesim/common/trace_entry.h.
enum class MemtraceType : uint16_t {
  kRead = 0,
  kWrite = 1,
  kInstruction = 10,  ///< 10 to 16 are kinds of instructions.
  kInstructionReturn = 16,
  kInstructionBundle =
      17,        ///< `size` more instructions, their lengths in the bytes of the address.
  kThread = 22,  ///< Entries from here belong to the thread of this id.
  kHeader = 25,  ///< First entry of a file; the address is the version.
  kFooter = 26,  ///< Last entry of a file.
  kInstructionMaybeFetch = 30,  ///< That if its address is the last instruction's.
  kInstructionSysenter = 31,
  kInstructionTakenJump = 48,
  kInstructionUntakenJump = 49,
};

inline constexpr size_t kMemtraceEntryBytes = 12;
/// Types beyond are none that a version up to now has; the margin is for versions to come.
inline constexpr uint16_t kMemtraceTypes = 80;
inline constexpr uint64_t kMemtraceVersions = 64;

}  // namespace nestwalk
