// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <tlm>

#include "model/memory/physical_memory.h"

namespace nestwalk {

/// What a target that is simulated memory does for a transaction whose address is an hPA.

/// Moves its data; false, and nothing moved, if they lie beyond the end of memory.
inline bool move_data(PhysicalMemory& contents, tlm::tlm_generic_payload& payload) {
  const HostPhysical address(payload.get_address());
  const unsigned length = payload.get_data_length();
  if (!contents.contains(address, length)) return false;
  if (length == 0) return true;  // without a pointer perhaps: debug transport may do that
  if (payload.is_read())
    std::memcpy(payload.get_data_ptr(), contents.data(address), length);
  else if (payload.is_write())
    std::memcpy(contents.data(address), payload.get_data_ptr(), length);
  return true;
}

/// Grants DMI to all of memory; refuses it for an address beyond the end, of which alone that says
/// anything (IEEE 1666, 11.2.5).
inline bool grant_direct_access(PhysicalMemory& contents, const tlm::tlm_generic_payload& payload,
                                tlm::tlm_dmi& dmi) {
  dmi.init();
  if (!contents.contains(HostPhysical(payload.get_address()), 1)) {
    dmi.set_start_address(payload.get_address());
    dmi.set_end_address(payload.get_address());
    return false;
  }
  dmi.set_dmi_ptr(contents.data(HostPhysical(0)));
  dmi.set_start_address(0);
  dmi.set_end_address(contents.size() - 1);
  dmi.allow_read_write();
  return true;
}

}  // namespace nestwalk
