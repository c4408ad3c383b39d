// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "model/random/permutation.h"
#include "sim/stream/workload/layout.h"
#include "sim/stream/workload/program.h"
#include "sim/stream/workload/random.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk {

/// PARSEC's canneal: placement of a netlist by simulated annealing.
Workload canneal_workload();

/// A random netlist: input `pin` of each element comes from the element that a permutation says, so
/// that fan-in and fan-out are known without being kept.
class Netlist {
 public:
  static constexpr uint32_t kPins = 5;

  Netlist(uint32_t elements, uint64_t seed);

  uint32_t elements() const { return elements_; }
  uint32_t fan_in(uint32_t element, uint32_t pin) const {
    return static_cast<uint32_t>(sources_[pin](element));
  }
  /// The element whose input `pin` comes from `element`.
  uint32_t fan_out(uint32_t element, uint32_t pin) const {
    return static_cast<uint32_t>(sources_[pin].inverse(element));
  }

 private:
  uint32_t elements_;
  std::vector<Permutation> sources_;
};

/// The annealing itself, on simulated addresses.
class Annealing {
 public:
  Annealing(uint32_t elements, uint32_t swaps_a_step, uint64_t seed);

  /// Begins anew, at the starting temperature and a random placement.
  void restart();
  /// One move: two elements may change places.
  void move(Emitter& emitter);
  /// Until the temperature has no effect any more.
  bool cold() const { return temperature_ < 1e-3; }

  /// Length of all wires: of each element to each of its sources.
  int64_t routing_cost() const;
  /// What the moves accepted so far have changed of it.
  int64_t cost_change() const { return cost_change_; }
  const std::vector<uint32_t>& places() const { return place_of_; }
  VirtualRange region() const { return layout_.region(); }

 private:
  struct Position {
    int64_t x;
    int64_t y;
  };

  Position position(uint32_t place) const { return {place / side_, place % side_}; }
  static int64_t distance(const Position& a, const Position& b);
  int64_t swap_cost(Emitter& emitter, uint32_t element, uint32_t from, uint32_t to) const;
  int64_t wire(Emitter& emitter, uint64_t pointer, uint32_t other, const Position& from,
               const Position& to) const;

  uint64_t seed_;
  Netlist netlist_;
  uint32_t side_;  ///< Of the square grid of places.
  uint32_t swaps_a_step_;
  Layout layout_;
  Array element_array_;
  Array heap_;    ///< A record an element: its pins' pointers, its node of the map of names.
  Array places_;  ///< Coordinates.
  std::vector<uint32_t> place_of_;
  Random random_;
  double temperature_ = 0;
  uint32_t swaps_ = 0;   ///< At this temperature.
  uint32_t second_ = 0;  ///< The second element of the last move is the first of the next.
  int64_t cost_change_ = 0;
};

}  // namespace nestwalk
