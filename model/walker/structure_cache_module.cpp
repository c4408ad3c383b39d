// SPDX-License-Identifier: Apache-2.0
#include "model/walker/structure_cache_module.h"

#include "model/random/split_mix.h"

namespace nestwalk {

StructureCaches::StructureCaches(const sc_core::sc_module_name& name,
                                 const StructureCacheConfig& guest,
                                 const StructureCacheConfig& nested, const LatencyTable& latency,
                                 const Clock& clock, uint64_t seed)
    : sc_core::sc_module(name),
      guest_(guest, seed_of_part(seed, 0)),
      nested_(nested, seed_of_part(seed, 1)),
      time_(clock.cycles(latency.structure_cache)) {}

void StructureCaches::look_up(tlm::tlm_generic_payload& payload, StructureExtension& request,
                              sc_core::sc_time& delay) {
  const bool guest = request.dimension == Dimension::kGuest;
  const ContextTag tag = guest ? request.tags.linear : request.tags.nested;
  if (payload.is_write()) {
    cache(request.dimension).insert(payload.get_address(), request.answer, tag);
    return;
  }
  request.answer = request.outdated ? StructureHit{}
                                    : cache(request.dimension).look_up(payload.get_address(), tag);
  (guest ? statistics.guest : statistics.nested).count(request.answer.level != 0);
  delay += time_;
}

}  // namespace nestwalk
