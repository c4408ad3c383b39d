// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "model/context/translation_context.h"
#include "model/paging/access.h"

namespace nestwalk {

/// Answers the queries of the vector case in `directory` (case.json, case.bin), one JSON object a
/// line: what each access gives, or, with `accessed_dirty`, the table words in which it newly sets
/// A and D. Throws InputError.
void translate_vectors(const std::string& directory, bool accessed_dirty, std::ostream& out);

/// Tables in a raw image of physical memory, and how to walk them.
struct MemoryTranslation {
  std::string image;  ///< Path: offset = address.
  uint64_t cr3 = 0;   ///< Low 12 bits are no part of the address.
  int levels = 4;     ///< 4 or 5.
  std::optional<uint64_t>
      nested_root;  ///< EPTP or nCR3: the addresses in the guest's tables are gPAs.
  std::optional<int> nested_levels;  ///< 4 or 5; unset: as `levels`.
  NestedFormat nested_format = NestedFormat::kEpt;
  int maxphyaddr = 52;  ///< 36 to 52, both dimensions.
  bool user = false;
  AccessKind access = AccessKind::kRead;
  std::vector<std::string> addresses;  ///< `0x...`; `-`: those in `in`, one a line.
};

/// Prints `0xADDRESS -> 0xPHYSICAL` or `0xADDRESS -> fault: ...`, a line an address, in their
/// order. The image is only read. Returns the first table entry, if any, that would lie past the
/// image's end: such are read as 0. Throws InputError; before anything is printed if an option is
/// wrong.
std::optional<HostPhysical> translate_memory(const MemoryTranslation& options, std::istream& in,
                                             std::ostream& out);

}  // namespace nestwalk
