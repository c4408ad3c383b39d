// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/gups.h"

#include <algorithm>
#include <array>
#include <memory>

#include "model/address/page_size.h"

namespace nestwalk {
namespace {

constexpr uint64_t kPolynomial = 7;
constexpr uint64_t kWordBytes = 8;
constexpr uint64_t kPageBytes = bytes(PageSize::k4K);
/// Instructions of one update, as gcc 12 -O2 compiles HPCC's loop for x86-64; one of them, an xor
/// to memory, is both the load and the store.
constexpr uint32_t kInstructionsPerUpdate = 12;
/// Elements between where one seed and the next begin in the sequence, whose period, HPCC's, is
/// 1,317,624,576,693,539,401.
constexpr uint64_t kSeedDistance = uint64_t{1} << 40;

constexpr uint64_t next_element(uint64_t ran) {
  return (ran << 1) ^ (kPolynomial & (0 - (ran >> 63)));
}

/// Product in GF(2)[x] modulo x^64 + x^2 + x + 1, whose powers of x are HPCC's sequence.
constexpr uint64_t multiply(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  for (int bit = 63; bit >= 0; --bit) {
    product = next_element(product);
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

constexpr uint64_t power(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (uint64_t square = base; exponent != 0; exponent >>= 1, square = multiply(square, square))
    if (exponent & 1) result = multiply(result, square);
  return result;
}

/// As HPCC's single-process version: 128 places of the sequence, evenly spread over the 4 updates a
/// word of a whole run, take turns. One place alone is far from random for its first thousands of
/// elements.
class Gups : public Stream {
 public:
  Gups(uint64_t size, uint64_t updates, uint64_t seed)
      : words_(size / kWordBytes),
        mask_((words_ & (words_ - 1)) == 0 ? words_ - 1 : 0),
        references_(2 * updates),
        left_(references_) {
    const uint64_t distance = kUpdatesPerWord * words_ / kPlaces;
    const uint64_t begin = power(random_access_element(kSeedDistance), seed - 1);
    for (uint64_t place = 0; place < kPlaces; ++place)
      places_[place] = multiply(begin, random_access_element(place * distance));
  }

  size_t read(Reference* batch, size_t capacity) override {
    const size_t count = std::min<uint64_t>(capacity, left_);
    left_ -= count;
    size_t i = 0;
    if (store_pending_ && count > 0) batch[i++] = store();
    for (; i + 2 <= count; i += 2) {
      batch[i] = load();
      batch[i + 1] = store();
    }
    if (i < count) batch[i] = load();
    return count;
  }

  std::optional<uint64_t> length() const override { return references_; }
  std::vector<VirtualRange> ranges() const override { return {region()}; }
  std::optional<VirtualRange> primary_region() const override { return region(); }

 private:
  static constexpr uint64_t kPlaces = 128;
  static constexpr uint64_t kUpdatesPerWord = 4;

  Reference load() {
    uint64_t& ran = places_[next_place_++ % kPlaces];
    ran = next_element(ran);
    address_ = kWorkloadBase + kWordBytes * (mask_ != 0 ? ran & mask_ : ran % words_);
    store_pending_ = true;
    return {address_, kInstructionsPerUpdate, 0, kWordBytes, ReferenceKind::kLoad};
  }
  Reference store() {
    store_pending_ = false;
    return {address_, 0, 0, kWordBytes, ReferenceKind::kStore};
  }

  VirtualRange region() const {
    return {GuestVirtual(kWorkloadBase), GuestVirtual(kWorkloadBase + words_ * kWordBytes)};
  }

  uint64_t words_;
  uint64_t mask_;  ///< Of a power of two; else 0.
  uint64_t references_;
  uint64_t left_;
  std::array<uint64_t, kPlaces> places_;
  uint64_t next_place_ = 0;
  uint64_t address_ = 0;
  bool store_pending_ = false;  ///< A batch ended between an update's load and its store.
};

}  // namespace

uint64_t random_access_element(uint64_t n) {
  return power(2, n);
}

Workload gups_workload() {
  Workload gups;
  gups.name = "gups";
  gups.runs = "HPCC RandomAccess: each update loads a random word of the table and stores it back";
  gups.parameters = {
      {"size", "64GiB", "bytes of the table, a multiple of 4KiB, to 4094GiB"},
      {"updates", "10000000", "updates, a load and a store each"},
  };
  gups.open = [](const WorkloadParameters& parameters, uint64_t seed) {
    const uint64_t size = parameters.size("size", kPageBytes, kLargestWorkload);
    if (size % kPageBytes != 0) parameters.fail("size", "a multiple of 4KiB");
    const uint64_t updates = parameters.count("updates", 1, uint64_t{1} << 48);
    return std::make_unique<Gups>(size, updates, seed);
  };
  return gups;
}

}  // namespace nestwalk
