// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"

namespace nestwalk {

/// Format of the nested dimension's table entries.
enum class NestedFormat : uint8_t {
  kEpt,  ///< Intel extended page tables: R/W/X rights, memory type.
  kNpt,  ///< AMD nested page tables: the format of the guest's tables.
};

/// How the guest dimension (natively: the only one) is paged.
struct GuestPaging {
  GuestPhysical root{};       ///< CR3 without its low 12 bits. Natively a physical address.
  int levels = 4;             ///< 4, or 5 with LA57.
  int maxphyaddr = 46;        ///< Physical-address width in bits, 36 to 52.
  bool nx_enabled = true;     ///< EFER.NXE: off, bit 63 of an entry is reserved.
  bool write_protect = true;  ///< CR0.WP: on, supervisor writes obey R/W.
  bool smep = false;          ///< CR4.SMEP: on, supervisor fetches from user pages fault.
  bool smap = false;          ///< CR4.SMAP (with EFLAGS.AC = 0).
};

/// How the nested dimension is paged.
struct NestedPaging {
  HostPhysical root{};  ///< EPTP or nCR3 without its low 12 bits.
  NestedFormat format = NestedFormat::kEpt;
  int levels = 4;              ///< 4 or 5.
  int maxphyaddr = 46;         ///< Physical-address width in bits, 36 to 52.
  bool nx_enabled = true;      ///< Host EFER.NXE: NPT only.
  bool accessed_dirty = true;  ///< EPTP bit 6: EPT only. NPT always sets A and D.
};

}  // namespace nestwalk
