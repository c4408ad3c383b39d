// SPDX-License-Identifier: Apache-2.0
#include "model/memory/memory_system_module.h"

#include <stdexcept>
#include <string>

#include "model/random/split_mix.h"

namespace nestwalk {
namespace {

constexpr size_t kPortsOfACore = 2;

/// Hands out each level's share of the load-to-use latency, nearest level first.
class Shares {
 public:
  explicit Shares(const Clock& clock) : clock_(clock) {}

  sc_core::sc_time next(Cycles load_to_use) {
    if (load_to_use < reached_)
      throw std::invalid_argument("latency: a cache level is faster than one nearer to the core");
    const Cycles share = load_to_use - reached_;
    reached_ = load_to_use;
    return clock_.cycles(share);
  }

 private:
  const Clock& clock_;
  Cycles reached_ = 0;
};

}  // namespace

MemorySystem::MemorySystem(const sc_core::sc_module_name& name, const MemoryHierarchyConfig& config,
                           const LatencyTable& latency, const Clock& clock,
                           PhysicalMemory& contents, size_t cores, uint64_t seed)
    : sc_core::sc_module(name), latency_(latency), cores_(cores) {
  Shares shares(clock);
  const sc_core::sc_time l1d_share =
      config.l1d.enabled ? shares.next(latency.l1d) : sc_core::SC_ZERO_TIME;
  const sc_core::sc_time l2_share =
      config.l2.enabled ? shares.next(latency.l2) : sc_core::SC_ZERO_TIME;
  const sc_core::sc_time l3_share =
      config.l3.enabled ? shares.next(latency.l3) : sc_core::SC_ZERO_TIME;
  const sc_core::sc_time memory_share = shares.next(latency.memory);

  const bool private_levels = config.l1d.enabled || config.l2.enabled;
  const size_t shared_ports = private_levels ? cores : cores * kPortsOfACore;
  memory_ = std::make_unique<Memory>("memory", contents, config.l3.enabled ? 1 : shared_ports,
                                     memory_share);
  Stage* shared = memory_.get();
  if (config.l3.enabled) {
    l3_ = std::make_unique<CacheModule>("l3", config.l3, MemoryLevel::kL3, shared_ports, l3_share,
                                        contents.size(), seed_of_part(seed, 0));
    l3_->downstream.bind(memory_->upstream());
    shared = l3_.get();
  }
  for (size_t i = 0; i < cores; ++i) {
    Core& core = cores_[i];
    const std::string number = std::to_string(i);
    if (config.l2.enabled) {
      core.l2 = std::make_unique<CacheModule>(("l2_" + number).c_str(), config.l2, MemoryLevel::kL2,
                                              config.l1d.enabled ? 1 : kPortsOfACore, l2_share,
                                              contents.size(), seed_of_part(seed, 1 + 2 * i));
      core.l2->downstream.bind(shared->upstream(i));
    }
    if (config.l1d.enabled) {
      core.l1d = std::make_unique<CacheModule>(("l1d_" + number).c_str(), config.l1d,
                                               MemoryLevel::kL1d, kPortsOfACore, l1d_share,
                                               contents.size(), seed_of_part(seed, 2 + 2 * i));
      core.l1d->downstream.bind(core.l2 ? core.l2->upstream() : shared->upstream(i));
    }
  }
}

tlm::tlm_target_socket<64>& MemorySystem::socket(size_t core, Port port) {
  if (cores_.at(core).l1d) return cores_[core].l1d->upstream(port);
  if (cores_[core].l2) return cores_[core].l2->upstream(port);
  Stage& shared = l3_ ? static_cast<Stage&>(*l3_) : *memory_;
  return shared.upstream(core * kPortsOfACore + port);
}

CacheChain MemorySystem::chain(size_t core) {
  CacheChain chain(latency_.memory, memory_->statistics.accesses);
  const auto add = [&](CacheModule* level, MemoryLevel name, Cycles load_to_use) {
    if (level != nullptr) chain.add(level->cache(), level->statistics, name, load_to_use);
  };
  add(l1d(core), MemoryLevel::kL1d, latency_.l1d);
  add(l2(core), MemoryLevel::kL2, latency_.l2);
  add(l3(), MemoryLevel::kL3, latency_.l3);
  return chain;
}

void MemorySystem::reset_statistics() {
  for (Core& core : cores_) {
    if (core.l1d) core.l1d->statistics = {};
    if (core.l2) core.l2->statistics = {};
  }
  if (l3_) l3_->statistics = {};
  memory_->statistics = {};
}

}  // namespace nestwalk
