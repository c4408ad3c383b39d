// SPDX-License-Identifier: Apache-2.0
#include "model/cache/cache_module.h"

#include "model/tlm/refusal.h"

namespace nestwalk {

CacheModule::CacheModule(const sc_core::sc_module_name& name, const CacheConfig& config,
                         MemoryLevel level, size_t ports, const sc_core::sc_time& share,
                         uint64_t reach, uint64_t seed)
    : Stage(name, ports, {share, sc_core::SC_ZERO_TIME}, Order::kOfBytes),
      cache_(config, seed, reach),
      level_(level) {}

bool CacheModule::look_up(Payload& payload) {
  const bool hit = cache_.look_up(HostPhysical(payload.get_address()));
  statistics.count(hit);
  if (!hit) return false;
  if (MemoryExtension* extension = MemoryExtension::get(payload)) extension->served_by = level_;
  move(payload);
  return true;
}

void CacheModule::fill(Payload& payload) {
  if (payload.is_response_ok()) cache_.fill(HostPhysical(payload.get_address()));
}

void CacheModule::move(Payload& payload) {
  move_unless_refused(payload, [&] { return move_data(payload); });
  payload.set_dmi_allowed(payload.is_response_ok());
}

bool CacheModule::move_data(Payload& payload) {
  const HostPhysical address(payload.get_address());
  if (payload.is_read())
    return contents_.read(address, payload.get_data_ptr(), payload.get_data_length());
  if (payload.is_write())
    return contents_.write(address, payload.get_data_ptr(), payload.get_data_length());
  return true;
}

}  // namespace nestwalk
