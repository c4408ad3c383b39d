// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/memcached.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/address/page_size.h"
#include "sim/io/input_error.h"
#include "sim/stream/workload/program.h"
#include "sim/stream/workload/random.h"
#include "sim/stream/workload/zipf.h"

namespace nestwalk {
namespace {

constexpr uint64_t kPageBytes = bytes(PageSize::k4K);
constexpr uint64_t kLineBytes = 64;
constexpr uint64_t kSlabPageBytes = 1 << 20;
/// An item's header with its CAS number; then the key, a zero, the value, CR LF.
constexpr uint64_t kHeaderBytes = 56;
constexpr uint64_t kExtraBytes = 3;
constexpr uint64_t kSmallestChunk = 96;
constexpr uint64_t kLargestChunk = kSlabPageBytes / 2;
constexpr double kGrowthFactor = 1.25;
constexpr double kItemsPerBucket = 1.5;  ///< The table doubles beyond.

uint64_t bytes_of(const MemcachedItem& item) {
  return kHeaderBytes + item.key + item.value + kExtraBytes;
}

std::vector<uint64_t> chunk_sizes() {
  std::vector<uint64_t> sizes;
  for (uint64_t size = kSmallestChunk; static_cast<double>(size) * kGrowthFactor <= kLargestChunk;
       size = (static_cast<uint64_t>(static_cast<double>(size) * kGrowthFactor) + 7) / 8 * 8)
    sizes.push_back(size);
  sizes.push_back(kLargestChunk);
  return sizes;
}

/// Share of the items that each chunk size takes.
std::vector<double> shares(const std::vector<uint64_t>& sizes) {
  constexpr int kSamples = 1 << 16;
  std::vector<double> share(sizes.size());
  Random random(1);
  for (int i = 0; i < kSamples; ++i) {
    const auto fit = std::lower_bound(sizes.begin(), sizes.end(), bytes_of(draw_item(random)));
    share[static_cast<size_t>(fit - sizes.begin())] += 1.0 / kSamples;
  }
  return share;
}

/// Requests of the ETC pool: 30 GETs a SET.
constexpr double kGets = 30.0 / 31;

/// What a request does apart from its item, from a recording of memcached 1.6.18 with one worker
/// (doc/workloads.md): how often it touches which pages (those of most requests), by their numbers
/// there, modulo 16 where they are far apart, since that decides which sets of a TLB they share.
struct HotPage {
  uint8_t page;
  uint16_t touches;  ///< A request.
};
constexpr HotPage kImage[] = {
    {0x2e, 7},  {0x35, 2},  {0x36, 3},   {0x3e, 5},   {0x3f, 22},  // the program's data
    {0x4d, 3},  {0x4f, 6},  {0x60, 100}, {0x6d, 82},  {0x6e, 2},
    {0x75, 2},  {0x87, 2},  {0x88, 5},   {0x93, 23},  {0x9d, 12},  // libraries'
    {0xa9, 78}, {0xab, 13}, {0xac, 2},   {0xad, 272}, {0xae, 38},  // stack
    {0xb0, 2},                                                     // heap
};
/// Pages that one request in kRareEach touches.
constexpr uint8_t kRarePages[] = {0x41, 0x4c, 0x4e, 0x6f, 0x76, 0x83, 0x9a, 0x9b, 0x9c, 0xbf};
constexpr uint64_t kRareEach = 16;
constexpr uint64_t kImagePages = 0xc0;
constexpr uint64_t kLockPage = 0x63;  ///< Where the items' locks begin.
/// A connection's state, and nine pages on its buffer of 16 KiB.
constexpr uint64_t kBufferPage = 9;
constexpr uint64_t kBufferBytes = 16 << 10;
constexpr uint64_t kConnectionPages = kBufferPage + kBufferBytes / kPageBytes;
constexpr uint16_t kStateTouches = 259;
constexpr uint16_t kBufferTouches = 302;
/// Instructions of a request apart from its item.
constexpr uint32_t kRoutineInstructions = 2900;

class Memcached : public Program {
 public:
  Memcached(uint64_t bytes, double skew, uint64_t connections, bool kernel, uint64_t seed)
      : store_(bytes, seed),
        popularity_(store_.items(), skew),
        item_of_rank_(store_.items(), seed),
        seed_(seed),
        random_(seed, 11211),
        connections_(connections),
        kernel_(kernel) {
    Layout& layout = store_.layout();
    image_ = layout.array(kImagePages, kPageBytes);
    locks_ = {image_[kLockPage], kLockBytes};
    connection_ = layout.array(connections, kConnectionPages * kPageBytes);
    plan_routine();
    for (const MemcachedStore::SlabClass& slab : store_.classes())
      spare_.push_back(slab.first + slab.chunks - 1);
  }

  void run(Emitter& emitter) override {
    for (;;) {
      const uint64_t connection = random_.below(connections_);
      const uint64_t item = item_of_rank_(popularity_(random_));
      const bool get = random_.fraction() < kGets;
      routine(emitter, connection, 0);
      receive(emitter, connection, item, get);
      lock(emitter, item);
      find(emitter, connection, item);
      if (get) {
        answer(emitter, connection, item);
      } else {
        replace(emitter, connection, item);
      }
      lock(emitter, item);
      routine(emitter, connection, 1);
      if (random_.below(kRareEach) == 0) {
        for (const uint8_t page : kRarePages) emitter.load(image_[page]);
      }
    }
  }

  VirtualRange region() const override { return store_.layout().region(); }
  /// A request follows pointers: table, chain, item. Nothing but the next request hides them, and
  /// there is none in sight.
  ProcessorHint processor_hint() const override { return {std::nullopt, 0.7}; }

 private:
  static constexpr uint64_t kLocks = 1 << 10;  ///< As memcached has them for one worker.
  static constexpr uint64_t kLockBytes = 40;

  /// A page that a request touches: of the image, or of its connection.
  struct Touch {
    bool of_connection;
    uint64_t page;
  };

  uint64_t buffer(uint64_t connection) const {
    return connection_[connection] + kBufferPage * kPageBytes;
  }

  /// Spreads each page's touches over a request, in bursts as the recording has them.
  void plan_routine() {
    constexpr int kBurst = 4;
    std::vector<std::pair<double, Touch>> touches;
    const auto spread = [&](uint16_t count, const Touch& touch) {
      const int bursts = (count + kBurst - 1) / kBurst;
      // Not all pages at once: each has a phase of its own.
      const double phase = static_cast<double>(touch.page * 7 % 16) / 16;
      for (int i = 0; i < count; ++i) {
        const int burst = i / kBurst;
        touches.emplace_back((burst + phase) / bursts, touch);
      }
    };
    for (const HotPage& hot : kImage) spread(hot.touches, {false, hot.page});
    spread(kStateTouches, {true, 0});
    spread(kBufferTouches, {true, kBufferPage});
    std::stable_sort(touches.begin(), touches.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [when, touch] : touches) routine_.push_back(touch);
  }

  /// Half of what a request does apart from its item: event loop, state machine, statistics.
  void routine(Emitter& emitter, uint64_t connection, size_t half) const {
    const size_t begin = routine_.size() / 2 * half;
    const size_t end = routine_.size() / 2 * (half + 1);
    const auto others = static_cast<uint32_t>(kRoutineInstructions - routine_.size());
    for (size_t i = begin; i < end; ++i) {
      const auto share = [&](size_t count) { return others * count / routine_.size(); };
      emitter.compute(static_cast<uint32_t>(share(i + 1) - share(i)));
      const Touch& touch = routine_[i];
      const uint64_t page = touch.of_connection ? connection_[connection] + touch.page * kPageBytes
                                                : image_[touch.page];
      const uint64_t address = page + 8 * (i % 64);
      i % 8 < 3 ? emitter.store(address) : emitter.load(address);
    }
  }

  /// The request arrives, and is taken apart.
  void receive(Emitter& emitter, uint64_t connection, uint64_t item, bool get) const {
    const uint64_t bytes = store_.item(item).key + (get ? 6 : 20);
    if (kernel_) {
      const uint64_t all = bytes + (get ? 0 : store_.item(item).value);
      copy(emitter, buffer(connection), std::min(all, kBufferBytes), true);
    }
    for (uint64_t at = 0; at < bytes; at += 8) {
      emitter.load(buffer(connection) + at);
      emitter.compute(6);  // tokens; then the key's hash
    }
  }

  void lock(Emitter& emitter, uint64_t item) const {
    emitter.update(locks_[scrambled(item) % kLocks], 4);
    emitter.compute(3);
  }

  /// Walks the bucket's chain to the item. New items come first in their chain: of those that fell
  /// into the bucket, the item's younger ones are passed.
  void find(Emitter& emitter, uint64_t connection, uint64_t item) const {
    emitter.load(store_.bucket_address(item));
    Random chain(seed_ + 1, item);
    const double younger = chain.fraction() * static_cast<double>(store_.items()) /
                           static_cast<double>(store_.buckets());
    for (double left = chain.fraction() - std::exp(-younger), term = std::exp(-younger), n = 1;
         left > 0; term *= younger / n, left -= term, ++n) {
      header(emitter, store_.address(chain.below(store_.items())));
    }
    const uint64_t address = address_of(item);
    header(emitter, address);
    for (uint64_t at = 0; at < store_.item(item).key; at += 8) {
      emitter.load(buffer(connection) + at);
      emitter.load(address + kHeaderBytes + at);
      emitter.compute(2);
    }
  }
  /// h_next and nkey of an item in a chain.
  static void header(Emitter& emitter, uint64_t address) {
    emitter.load(address + 16);
    emitter.load(address + 44, 1);
    emitter.compute(2);
  }

  void answer(Emitter& emitter, uint64_t connection, uint64_t item) const {
    const uint64_t address = address_of(item);
    emitter.update(address + 40, 2);  // refcount
    emitter.load(address + 24, 4);    // time of the last access
    emitter.load(address + 42, 2);    // flags
    emitter.compute(10);
    emitter.store(connection_[connection]);
    for (uint64_t at = 0; at < store_.item(item).key; at += 8) {  // "VALUE key ..."
      emitter.load(address + kHeaderBytes + at);
      emitter.store(connection_[connection] + 64 + at);
      emitter.compute(1);
    }
    if (kernel_) {
      copy(emitter, connection_[connection] + 64, 64, false);
      copy(emitter, address + kHeaderBytes + store_.item(item).key + 1,
           store_.item(item).value + 2u, false);
    }
    emitter.update(address + 40, 2);
  }

  /// A SET takes the free chunk of its class, and the old item's chunk becomes the free one.
  void replace(Emitter& emitter, uint64_t connection, uint64_t item) {
    const MemcachedStore::SlabClass& slab = store_.class_of(item);
    const auto number = static_cast<size_t>(&slab - store_.classes().data());
    const uint64_t old_address = address_of(item);
    const auto moved = chunk_of_.try_emplace(item, item).first;
    std::swap(moved->second, spare_[number]);
    const uint64_t address = address_of(item);
    const MemcachedItem size = store_.item(item);
    for (uint64_t at = 0; at < kHeaderBytes; at += 8) emitter.store(address + at);
    const uint64_t bytes = size.key + size.value + kExtraBytes;
    const uint64_t buffered = std::min(bytes, kBufferBytes - 64);
    for (uint64_t at = 0; at < buffered; at += 32) {
      emitter.load(buffer(connection) + 20 + at, 32);
      emitter.store(address + kHeaderBytes + at, 32);
      emitter.compute(2);
    }
    // What the buffer cannot hold, the kernel puts where it belongs.
    if (kernel_) copy(emitter, address + kHeaderBytes + buffered, bytes - buffered, true);
    // Out of the list of least recent use between two neighbours, in again at its head.
    emitter.update(store_.address(slab.first + random_.below(slab.chunks)));
    emitter.update(store_.address(slab.first + random_.below(slab.chunks)) + 8);
    emitter.update(old_address + 42, 2);
    emitter.store(store_.bucket_address(item));
    emitter.compute(30);
  }

  /// What the kernel copies from or to a socket's buffers.
  static void copy(Emitter& emitter, uint64_t address, uint64_t bytes, bool store) {
    for (uint64_t at = 0; at < bytes; at += kLineBytes) {
      const auto part = static_cast<uint8_t>(std::min(kLineBytes, bytes - at));
      store ? emitter.store(address + at, part) : emitter.load(address + at, part);
    }
  }

  uint64_t address_of(uint64_t item) const {
    const auto moved = chunk_of_.find(item);
    return store_.address(moved == chunk_of_.end() ? item : moved->second);
  }

  MemcachedStore store_;
  Zipf popularity_;
  Permutation item_of_rank_;
  uint64_t seed_;
  Random random_;
  uint64_t connections_;
  bool kernel_;
  Array image_, locks_, connection_;
  std::vector<Touch> routine_;
  std::vector<uint64_t> spare_;                      ///< A class's free chunk.
  std::unordered_map<uint64_t, uint64_t> chunk_of_;  ///< Items that a SET moved.
};

}  // namespace

MemcachedItem draw_item(Random& random) {
  // Generalized extreme value distribution: mu 30.7984, sigma 8.20449, k 0.078688.
  const double key =
      30.7984 + 8.20449 / 0.078688 * (std::pow(-std::log1p(-random.fraction()), -0.078688) - 1);
  // Generalized Pareto distribution: theta 0, sigma 214.476, k 0.348238.
  const double value = 214.476 / 0.348238 * (std::pow(1 - random.fraction(), -0.348238) - 1);
  return {static_cast<uint32_t>(std::clamp(key, 1.0, 250.0)),
          static_cast<uint32_t>(std::clamp(value, 1.0, 500000.0))};
}

MemcachedStore::MemcachedStore(uint64_t bytes, uint64_t seed) : seed_(seed) {
  const std::vector<uint64_t> sizes = chunk_sizes();
  const std::vector<double> share = shares(sizes);
  double mean = 0;
  for (size_t i = 0; i < sizes.size(); ++i) mean += share[i] * static_cast<double>(sizes[i]);
  const double wanted = static_cast<double>(bytes) / (mean + 8 / kItemsPerBucket);
  uint64_t pages = 0;
  double due = 0;  // pages of the classes so far: what rounding takes from one the next one gets
  for (size_t i = 0; i < sizes.size(); ++i) {
    const uint64_t chunks_a_page = kSlabPageBytes / sizes[i];
    due += share[i] * wanted / static_cast<double>(chunks_a_page);
    const uint64_t class_pages = static_cast<uint64_t>(std::lround(due)) - pages;
    if (class_pages == 0) continue;
    classes_.push_back({sizes[i], items_, class_pages * chunks_a_page, pages});
    items_ += class_pages * chunks_a_page;
    pages += class_pages;
  }
  buckets_ = 1 << 16;
  while (static_cast<double>(items_) > kItemsPerBucket * static_cast<double>(buckets_))
    buckets_ *= 2;
  table_ = layout_.array(buckets_, 8);
  pages_ = layout_.array(pages, kSlabPageBytes);
  page_order_ = Permutation(pages, seed);
}

const MemcachedStore::SlabClass& MemcachedStore::class_of(uint64_t chunk) const {
  const auto after =
      std::upper_bound(classes_.begin(), classes_.end(), chunk,
                       [](uint64_t number, const SlabClass& slab) { return number < slab.first; });
  return *std::prev(after);
}

uint64_t MemcachedStore::address(uint64_t chunk) const {
  const SlabClass& slab = class_of(chunk);
  const uint64_t chunks_a_page = kSlabPageBytes / slab.chunk_bytes;
  const uint64_t number = chunk - slab.first;
  return pages_[page_order_(slab.page + number / chunks_a_page)] +
         number % chunks_a_page * slab.chunk_bytes;
}

uint64_t MemcachedStore::bucket_address(uint64_t item) const {
  return table_[scrambled(item ^ scrambled(seed_)) & (buckets_ - 1)];
}

MemcachedItem MemcachedStore::item(uint64_t chunk) const {
  const SlabClass& slab = class_of(chunk);
  const uint64_t smaller =
      &slab == classes_.data() ? kSmallestChunk - 16 : (&slab - 1)->chunk_bytes;
  Random random(seed_, chunk);
  const uint64_t bytes = smaller + 1 + random.below(slab.chunk_bytes - smaller);
  const auto room = static_cast<uint32_t>(bytes - kHeaderBytes - kExtraBytes);
  const uint32_t key = std::min(draw_item(random).key, room - 1);
  return {key, room - key};
}

Workload memcached_workload() {
  Workload memcached;
  memcached.name = "memcached";
  memcached.runs = "memcached: 30 GETs a SET, keys by Zipf's law, sizes of Facebook's ETC pool";
  memcached.parameters = {
      {"size", "70GiB", "bytes of slabs and hash table (70GiB: 75 GB), 8MiB to 4000GiB"},
      {"skew", "1.1", "Zipf's exponent, 0.01 to 2"},
      {"connections", "64", "clients' connections, 1 to 65536"},
      {"kernel", "true", "with what the kernel copies from and to items and buffers"},
      {"references", "20000000", "loads and stores"},
  };
  memcached.open = [](const WorkloadParameters& parameters, uint64_t seed) {
    const uint64_t size = parameters.size("size", uint64_t{8} << 20, uint64_t{4000} << 30);
    const double skew = parameters.real("skew", 0.01, 2);
    const uint64_t connections = parameters.count("connections", 1, 1 << 16);
    const bool kernel = parameters.flag("kernel");
    return stream_of(std::make_unique<Memcached>(size, skew, connections, kernel, seed),
                     parameters.references());
  };
  return memcached;
}

}  // namespace nestwalk
