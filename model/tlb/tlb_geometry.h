// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/array/replacement.h"

namespace nestwalk {

/// A TLB array: `entries` in sets of `ways` (ways = entries: fully associative). 0 entries: absent.
struct TlbGeometry {
  uint32_t entries = 0;
  uint32_t ways = 1;
};

/// An L1 TLB: one array a page size, looked up in parallel (spec 2.5).
struct L1TlbConfig {
  TlbGeometry pages_4k{64, 4};
  TlbGeometry pages_2m{32, 4};
  TlbGeometry pages_1g{4, 4};
  Replacement replacement = Replacement::kLru;
};

struct L2TlbConfig {
  uint32_t entries = 512;
  uint32_t ways = 4;
  bool holds_2m = false;    ///< 2M pages share the array (Golden Cove); else 4K pages only.
  uint32_t entries_1g = 0;  ///< A separate fully associative array for 1G pages.
  Replacement replacement = Replacement::kLru;
};

enum class NestedTlbKind : uint8_t { kShared, kDedicated, kNone };
/// Which of the gPA -> hPA pages that walks found are kept.
enum class NestedTlbFill : uint8_t {
  kAll,
  kTables,  ///< Those of guest tables: the data's is in the composed entry.
};

struct NestedTlbConfig {
  NestedTlbKind kind = NestedTlbKind::kShared;  ///< kShared: entries live in the L2 TLB.
  uint32_t entries = 64;                        ///< Dedicated only.
  uint32_t ways = 4;                            ///< Dedicated only.
  Replacement replacement = Replacement::kLru;
  NestedTlbFill fill = NestedTlbFill::kAll;
};

}  // namespace nestwalk
