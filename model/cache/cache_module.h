// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/array/hit_statistics.h"
#include "model/cache/cache.h"
#include "model/tlm/direct_memory.h"
#include "model/tlm/memory_extension.h"
#include "model/tlm/stage.h"

namespace nestwalk {

/// One cache level. It holds tags; on a hit the contents come from behind it by DMI, so that tables
/// built by software are never stale in it. Write-allocate; a fill evicts silently.
class CacheModule : public Stage {
 public:
  /// `share`: this level's part of the load-to-use latency; `reach`: where memory ends.
  CacheModule(const sc_core::sc_module_name& name, const CacheConfig& config, MemoryLevel level,
              size_t ports, const sc_core::sc_time& share, uint64_t reach, uint64_t seed);

  Cache& cache() { return cache_; }
  HitStatistics statistics;

 protected:
  bool look_up(Payload& payload) override;
  void fill(Payload& payload) override;
  void end_grants() override { contents_.invalidate(); }

 private:
  void move(Payload& payload);
  bool move_data(Payload& payload);

  Cache cache_;
  MemoryLevel level_;
  DirectMemory contents_{downstream};
};

}  // namespace nestwalk
