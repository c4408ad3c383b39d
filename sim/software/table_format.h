// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/paging/paging_mode.h"

namespace nestwalk {

/// The entries that the software side writes, but for their address: all rights, A and D clear.
struct TableFormat {
  uint64_t table = 0;       ///< Points to a table.
  uint64_t page = 0;        ///< Maps a 4K page.
  uint64_t large_page = 0;  ///< Maps a 2M or 1G page.

  /// Of a guest's (natively: the only) tables: user pages, writable, executable.
  static TableFormat guest();
  /// Of nested tables; EPT leaves are write-back.
  static TableFormat nested(NestedFormat format);
};

}  // namespace nestwalk
