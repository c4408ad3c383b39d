// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/array/hit_statistics.h"
#include "model/timing/latency_table.h"
#include "model/tlm/clock.h"
#include "model/tlm/look_up_extension.h"
#include "model/tlm/look_up_socket.h"
#include "model/walker/structure_cache.h"

namespace nestwalk {

/// The paging-structure caches of both dimensions, as the walker asks them (spec 2.5). All levels
/// of a dimension are looked up at once.
class StructureCaches : public sc_core::sc_module {
 public:
  StructureCaches(const sc_core::sc_module_name& name, const StructureCacheConfig& guest,
                  const StructureCacheConfig& nested, const LatencyTable& latency,
                  const Clock& clock, uint64_t seed);

  StructureCache& cache(Dimension dimension) {
    return dimension == Dimension::kGuest ? guest_ : nested_;
  }

  struct Statistics {
    HitStatistics guest;
    HitStatistics nested;
  };
  Statistics statistics;

 private:
  void look_up(tlm::tlm_generic_payload& payload, StructureExtension& request,
               sc_core::sc_time& delay);

  StructureCache guest_;
  StructureCache nested_;
  sc_core::sc_time time_;

 public:
  LookUpSocket<StructureCaches, StructureExtension, &StructureCaches::look_up> look_ups{"look_ups",
                                                                                        *this};
};

}  // namespace nestwalk
