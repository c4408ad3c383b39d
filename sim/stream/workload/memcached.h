// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/random/permutation.h"
#include "sim/stream/workload/layout.h"
#include "sim/stream/workload/random.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// memcached under a published mix of requests: hash table, slabs, connections.
Workload memcached_workload();

/// An item: what its key and value take.
struct MemcachedItem {
  uint32_t key = 0;    ///< Bytes.
  uint32_t value = 0;  ///< Bytes.
};

/// The item of a number drawn from the published distributions of Facebook's ETC pool.
MemcachedItem draw_item(Random& random);

/// A full memcached: chunks of each slab class, all in use, on slab pages of 1 MiB that the classes
/// took in turns.
class MemcachedStore {
 public:
  /// `bytes` for slabs and hash table.
  MemcachedStore(uint64_t bytes, uint64_t seed);

  struct SlabClass {
    uint64_t chunk_bytes;
    uint64_t first;  ///< Number of its first chunk; classes follow each other.
    uint64_t chunks;
    uint64_t page;  ///< Number of its first slab page, before they are mixed.
  };

  uint64_t items() const { return items_; }
  uint64_t buckets() const { return buckets_; }
  const std::vector<SlabClass>& classes() const { return classes_; }
  /// Which class a chunk is of.
  const SlabClass& class_of(uint64_t chunk) const;
  uint64_t address(uint64_t chunk) const;
  uint64_t bucket_address(uint64_t item) const;
  /// Key and value of the item that was first put into a chunk.
  MemcachedItem item(uint64_t chunk) const;

  const Layout& layout() const { return layout_; }
  Layout& layout() { return layout_; }

 private:
  uint64_t seed_;
  uint64_t items_ = 0;
  uint64_t buckets_ = 0;
  std::vector<SlabClass> classes_;
  Layout layout_;
  Array table_;
  Array pages_;
  Permutation page_order_{1, 0};
};

}  // namespace nestwalk
