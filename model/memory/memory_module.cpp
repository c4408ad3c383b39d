// SPDX-License-Identifier: Apache-2.0
#include "model/memory/memory_module.h"

#include "model/memory/payload_access.h"
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
  move_unless_refused(payload, [&] { return move_data(contents_, payload); });
  payload.set_dmi_allowed(payload.is_response_ok());
  return true;
}

unsigned Memory::debug(Payload& payload) {
  const bool moves = payload.get_command() != tlm::TLM_IGNORE_COMMAND;
  return moves && move_data(contents_, payload) ? payload.get_data_length() : 0;
}

bool Memory::direct(Payload& payload, tlm::tlm_dmi& dmi) {
  return grant_direct_access(contents_, payload, dmi);
}

}  // namespace nestwalk
