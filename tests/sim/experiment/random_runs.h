// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/consistency.h"
#include "sim/experiment/machine.h"
#include "sim/report/run_result.h"
#include "tests/sim/software/software_machine.h"
#include "tests/support/random.h"
#include "tests/support/random_mmu_config.h"

// Random machines and streams, and all that a run of them finds and leaves: runs that must be equal
// are compared by `difference`.

namespace nestwalk::test {

class ListStream : public Stream {
 public:
  ListStream(std::vector<Reference> references, VirtualRange region)
      : references_(std::move(references)), region_(region) {}

  size_t read(Reference* batch, size_t capacity) override {
    const size_t size = std::min(capacity, references_.size() - next_);
    std::copy_n(references_.begin() + static_cast<std::ptrdiff_t>(next_), size, batch);
    next_ += size;
    return size;
  }
  std::optional<VirtualRange> primary_region() const override { return region_; }

 private:
  std::vector<Reference> references_;
  VirtualRange region_;
  size_t next_ = 0;
};

inline constexpr uint64_t kRegion = uint64_t{0x7f00} << 30;
inline constexpr uint64_t kRegionSize = 3 * kGiB + 5 * 4096;  // ends within every page size

class RandomConfig {
 public:
  explicit RandomConfig(Random& random) : random_(random) {}

  Config draw() {
    while (true) {
      const Config config = draw_any();
      if (!find_inconsistency(config)) return config;
    }
  }

 private:
  Config draw_any() {
    Config config;
    config.mode = kModes[random_.below(kModes.size())];
    const std::vector<Pages> pages = all_pages(config.mode);
    config.paging.pages = pages[random_.below(pages.size())];
    config.paging.guest_levels = random_.chance(70) ? 4 : 5;
    config.paging.nested_levels = random_.chance(70) ? 4 : 5;
    config.paging.nested_format = random_.chance(50) ? NestedFormat::kEpt : NestedFormat::kNpt;
    config.paging.ept_accessed_dirty = random_.chance(70);
    config.mmu = RandomMmuConfig(random_).draw();
    config.mmu.guest_filter_enabled = random_.chance(30);
    config.mmu.latency.register_write = static_cast<Cycles>(random_.below(3));
    config.mmu.latency.invalidation = static_cast<Cycles>(random_.below(3));
    config.memory.l1d = cache(2);
    config.memory.l2 = cache(4);
    config.memory.l3 = cache(8);
    config.memory.data_path = random_.chance(60);
    config.core.cpi = random_.chance(50) ? 1 : 0.7;
    config.core.exposed = random_.chance(50) ? 1 : 0.3;
    config.core.quantum = static_cast<uint32_t>(1 + random_.below(5000));
    config.fetch = random_.chance(40);
    config.warmup = random_.below(200);
    if (random_.chance(30)) config.references = random_.below(600);
    config.software.bad_pages = random_.chance(30) ? random_.below(20) : 0;
    config.software.guest_fault = static_cast<Cycles>(random_.below(50));
    config.software.nested_fault = static_cast<Cycles>(random_.below(50));
    config.software.timeline = random_.chance(30) ? 1 + random_.below(300) : 0;
    config.seed = random_.word();
    return config;
  }

  CacheConfig cache(uint64_t lines) {
    CacheConfig cache;
    cache.enabled = random_.chance(70);
    cache.ways = uint32_t{1} << random_.below(3);
    cache.size = 64 * cache.ways * lines;
    cache.replacement = static_cast<Replacement>(random_.below(3));
    return cache;
  }

  Random& random_;
};

/// Loads, stores and fetches near each other, and control operations that software can serve.
class RandomStream {
 public:
  RandomStream(Random& random, const Config& config) : random_(random), config_(config) {
    for (int i = 0; i < 12; ++i)
      pages_.push_back(kRegion + (random_.below(kRegionSize >> 12) << 12));
    pages_.push_back(kRegion);
    pages_.push_back(kRegion + kRegionSize - 4096);
    pages_.push_back(uint64_t{0x1234} << 30);  // outside the region
    plain_ = random_.chance(25);
  }

  std::vector<Reference> draw(size_t length) {
    std::vector<Reference> stream;
    first_name_ = random_.chance(50) ? random_.below(16) : 0;
    while (stream.size() < length) {
      if (!plain_ && random_.chance(5))
        add_control(stream);
      else
        stream.push_back(reference());
    }
    return stream;
  }

 private:
  Reference reference() {
    Reference reference;
    if (random_.chance(60)) near_ = pages_[random_.below(pages_.size())];
    if (random_.chance(20)) near_ ^= uint64_t{1} << (12 + random_.below(10));
    reference.address = near_ + random_.below(4096);
    reference.instructions = static_cast<uint32_t>(1 + random_.below(4));
    reference.size = static_cast<uint8_t>(plain_ ? 1 : 1 + random_.below(64));
    reference.kind = random_.chance(50) ? ReferenceKind::kLoad : ReferenceKind::kStore;
    if (!plain_ && config_.fetch && random_.chance(30)) reference.kind = ReferenceKind::kFetch;
    return reference;
  }

  void add_control(std::vector<Reference>& stream) {
    using Operation = ControlOperation;
    const bool virtualized = is_virtualized(config_.mode);
    const auto add = [&](Operation operation, uint64_t operand = 0) {
      stream.push_back({operand, 1, 0, static_cast<uint8_t>(operation), ReferenceKind::kControl});
    };
    const uint64_t page = pages_[random_.below(pages_.size())] >> 12;
    const uint64_t pcid = random_.below(3);
    const uint64_t vpid = virtualized ? 1 + random_.below(2) : 0;
    switch (random_.below(16)) {
      case 0:
      case 1: {  // a PCID belongs to one address space; PCID 0 has been that of name 0
        const bool keep = random_.chance(50) && (pcid != 0 || first_name_ == 0);
        return add(Operation::kCr3,
                   pcid | (first_name_ + pcid) << 12 | (keep ? uint64_t{1} << 63 : 0));
      }
      case 2:
        return add(Operation::kInvlpg, page << 12);
      case 3:
        return add(Operation::kInvpcidAddress, page << 12 | pcid);
      case 4:
        return add(Operation::kInvpcidSingle, pcid);
      case 5:
        return add(random_.chance(50) ? Operation::kInvpcidAll : Operation::kInvpcidAllGlobal);
      case 6:
        return add(Operation::kVpid, vpid);
      case 7:
        if (virtualized) add(Operation::kEptp, random_.below(2));
        return;
      case 8:
        return add(Operation::kInvvpidAddress, page << 16 | vpid);
      case 9:
        return add(
            random_.chance(50) ? Operation::kInvvpidSingle : Operation::kInvvpidSingleKeepGlobal,
            vpid);
      case 10:
        return add(Operation::kInvvpidAll);
      case 11:
        if (virtualized) add(Operation::kInveptSingle, random_.below(2));
        return;
      case 12:
        return add(Operation::kInveptAll);
      case 13:  // off
        if (virtualized && random_.chance(50)) return add(Operation::kVmmSegmentLimit);
        return add(Operation::kGuestSegmentLimit, has_guest_segment(config_.mode) ? kRegion : 0);
      case 14:
        if (virtualized) add(Operation::kVmmFilterInsert, random_.below(uint64_t{8} << 18));
        return;
      default:
        if (config_.mmu.guest_filter_enabled && virtualized)
          add(Operation::kGuestFilterInsert, page);
        return;
    }
  }

  Random& random_;
  const Config& config_;
  std::vector<uint64_t> pages_;
  bool plain_ = false;  ///< Loads and stores alone, each in a page: long stretches of them.
  uint64_t near_ = kRegion;
  uint64_t first_name_ = 0;  ///< Of the address space of PCID 0.
};

using Tlb = std::vector<std::array<uint64_t, 4>>;

template <class Array>
void append(Tlb& all, const Array& array) {
  for (const auto& entry : array.entries())
    all.push_back({entry.key, entry.page().value(), entry.allowed().bits(), entry.dirty()});
}

/// Everything that one run found and left.
struct Found {
  nlohmann::ordered_json result;
  Tlb tlbs;
  uint64_t l1d_hits = 0;
  uint64_t memory_accesses = 0;
};

inline Found run(Config config, const std::vector<Reference>& references, Timing timing,
                 bool fast_path) {
  config.timing = timing;
  ListStream stream(references, range(kRegion, kRegionSize));
  Machine::Options options;
  options.fast_path = fast_path;
  Machine machine(config, stream, options);
  machine.run();
  Found found;
  found.result = to_json(machine.result());
  for (const char* key : {"config", "timing"}) found.result.erase(key);
  for (const AccessKind kind : {AccessKind::kRead, AccessKind::kExecute})
    for (const PageSize size : {PageSize::k4K, PageSize::k2M, PageSize::k1G})
      if (const auto& array = machine.mmu(0).l1_tlb.tlb(kind).array(size))
        append(found.tlbs, *array);
  append(found.tlbs, machine.mmu(0).l2_tlb.tlb().array());
  if (CacheModule* l1d = machine.memory().l1d(0)) found.l1d_hits = l1d->statistics.hits;
  found.memory_accesses = machine.memory().memory().statistics.accesses;
  return found;
}

inline std::string difference(const char* what, const Found& found, const Found& expected) {
  const std::string name = std::string(what) + ": ";
  if (found.result != expected.result)
    return name + nlohmann::json::diff(expected.result, found.result).dump();
  if (found.tlbs != expected.tlbs) return name + "TLB contents differ";
  if (found.l1d_hits != expected.l1d_hits) return name + "L1D hits differ";
  if (found.memory_accesses != expected.memory_accesses) return name + "memory accesses differ";
  return {};
}

}  // namespace nestwalk::test
