// SPDX-License-Identifier: Apache-2.0
#include "model/memory/memory_module.h"

#include <cstring>

#include "model/tlm/memory_extension.h"
#include "model/tlm/refusal.h"

namespace nestwalk {

Memory::Memory(const sc_core::sc_module_name& name, PhysicalMemory& contents, size_t ports,
               const sc_core::sc_time& access_time)
    : Stage(name, ports, {access_time, sc_core::SC_ZERO_TIME}), contents_(contents) {}

bool Memory::look_up(Payload& payload) {
  ++statistics.accesses;
  if (MemoryExtension* extension = MemoryExtension::get(payload))
    extension->served_by = MemoryLevel::kMemory;
  move_unless_refused(payload, [&] { return move(payload); });
  payload.set_dmi_allowed(true);
  return true;
}

unsigned Memory::debug(Payload& payload) {
  return move(payload) ? payload.get_data_length() : 0;
}

bool Memory::direct(Payload& payload, tlm::tlm_dmi& dmi) {
  const HostPhysical start{};
  dmi.set_dmi_ptr(contents_.data(start));
  dmi.set_start_address(0);
  dmi.set_end_address(contents_.size() - 1);
  dmi.allow_read_write();
  return contents_.contains(HostPhysical(payload.get_address()), 1);
}

bool Memory::move(Payload& payload) {
  const HostPhysical address(payload.get_address());
  if (!contents_.contains(address, payload.get_data_length())) return false;
  if (payload.is_read())
    std::memcpy(payload.get_data_ptr(), contents_.data(address), payload.get_data_length());
  else if (payload.is_write())
    std::memcpy(contents_.data(address), payload.get_data_ptr(), payload.get_data_length());
  return true;
}

}  // namespace nestwalk
