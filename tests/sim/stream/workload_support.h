// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <unordered_map>
#include <vector>

#include "sim/stream/workload/program.h"

namespace nestwalk::test {

/// Runs an algorithm for its results: its references are counted and forgotten.
class Discard : public Emitter {
 public:
  Discard() : place_(1024) { set_place(place_.data(), place_.data()); }

 private:
  void exchange() override { set_place(place_.data(), place_.data() + place_.size()); }

  std::vector<Reference> place_;
};

/// Keeps them.
class Keep : public Emitter {
 public:
  Keep() : place_(1024) { set_place(place_.data(), place_.data() + 1); }

  /// All but the last, which is still being put.
  const std::vector<Reference>& kept() const { return kept_; }

 private:
  void exchange() override {
    kept_.push_back(place_.front());
    set_place(place_.data(), place_.data() + 1);
  }

  std::vector<Reference> place_;
  std::vector<Reference> kept_;
};

/// Misses a reference of a fully associative TLB of 4K pages with true LRU.
inline double miss_rate(const std::vector<Reference>& references, size_t entries) {
  std::list<uint64_t> recent;
  std::unordered_map<uint64_t, std::list<uint64_t>::iterator> where;
  double misses = 0;
  for (const Reference& reference : references) {
    const uint64_t page = reference.address >> 12;
    const auto found = where.find(page);
    if (found != where.end()) {
      recent.splice(recent.begin(), recent, found->second);
      continue;
    }
    ++misses;
    recent.push_front(page);
    where[page] = recent.begin();
    if (recent.size() > entries) {
      where.erase(recent.back());
      recent.pop_back();
    }
  }
  return misses / static_cast<double>(references.size());
}

}  // namespace nestwalk::test
