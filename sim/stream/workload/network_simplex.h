// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/stream/workload/layout.h"
#include "sim/stream/workload/program.h"

namespace nestwalk {

/// A single-depot vehicle scheduling problem as a flow: each trip's end supplies a vehicle, each
/// trip's start wants one; a vehicle goes from an end to the start of a later trip or to the depot,
/// and from the depot to a start. Trips and costs follow from numbers by hashing: nothing is kept.
class VehicleScheduling {
 public:
  /// `connections`: arcs from each trip's end to the starts of later trips.
  VehicleScheduling(uint32_t trips, uint32_t connections, uint64_t seed)
      : trips_(trips), connections_(connections), seed_(seed) {}

  struct Arc {
    uint32_t tail;
    uint32_t head;
    int64_t cost;
  };

  /// Node 0 is the depot, 1 to trips the starts, trips + 1 to 2 trips the ends.
  uint32_t nodes() const { return 2 * trips_ + 1; }
  uint32_t start(uint32_t trip) const { return 1 + trip; }
  uint32_t end(uint32_t trip) const { return 1 + trips_ + trip; }
  uint32_t trips() const { return trips_; }
  /// First each trip's way from and to the depot, then the connections, by tail.
  uint64_t arcs() const { return uint64_t{trips_} * (2 + connections_); }
  Arc arc(uint64_t number) const;

 private:
  uint32_t trips_;
  uint32_t connections_;
  uint64_t seed_;
};

/// Loebel's MCF: the primal network simplex method with partial pricing over groups of arcs, on
/// simulated addresses. Node trees and flows are real; arcs are those of the problem.
class NetworkSimplex {
 public:
  explicit NetworkSimplex(const VehicleScheduling& problem);

  /// Begins anew: every vehicle goes through the depot.
  void restart();
  /// One iteration: an arc enters the basis. False at the optimum.
  bool pivot(Emitter& emitter);

  /// Cost of the flow, from the flow itself; -1 if flow is not conserved somewhere.
  int64_t cost() const;
  /// Whether every basic arc that leads away from the depot has flow. While that holds, degenerate
  /// steps cannot go round in circles (Cunningham's strongly feasible trees).
  bool is_strongly_feasible() const;
  VirtualRange region() const { return layout_.region(); }

 private:
  static constexpr uint64_t kGroupSize = 300;  ///< Arcs priced at once (K).
  static constexpr uint64_t kBasket = 50;      ///< Best arcs kept for the next time (B).
  static constexpr uint64_t kNone = ~uint64_t{0};

  struct Node {
    uint32_t parent = 0;
    uint32_t child = 0;
    uint32_t sibling = 0;
    uint32_t sibling_before = 0;
    uint32_t size = 1;     ///< Of its subtree: MCF's `depth`.
    bool up = false;       ///< Its basic arc leads to its parent.
    uint64_t arc = kNone;  ///< Its basic arc, between it and its parent.
    int64_t flow = 0;      ///< On that arc.
    int64_t potential = 0;
  };
  /// Bytes from a node's begin, as compilers lay out MCF's node.
  enum Field : uint8_t {
    kPotential = 0,
    kOrientation = 8,
    kChild = 16,
    kParent = 24,
    kSibling = 32,
    kSiblingBefore = 40,
    kBasicArc = 48,
    kFlow = 80,
    kSize = 88
  };
  /// Likewise of an arc.
  enum ArcField : uint8_t { kCost = 0, kTail = 8, kHead = 16, kIdent = 24 };
  struct Candidate {
    uint64_t arc;
    int64_t reduced_cost;
  };

  static constexpr uint32_t kNoNode = UINT32_MAX;

  uint64_t at(uint32_t node, Field field) const { return node_array_[node] + field; }
  int64_t price(Emitter& emitter, uint64_t arc) const;
  uint64_t choose_entering(Emitter& emitter);
  void refresh_potentials(Emitter& emitter);
  void detach(Emitter& emitter, uint32_t node);
  void attach(Emitter& emitter, uint32_t node, uint32_t parent);
  void shift_subtree(Emitter& emitter, uint32_t root, int64_t by);

  VehicleScheduling problem_;
  uint64_t groups_;
  Layout layout_;
  Array node_array_;
  Array arc_array_;
  std::vector<Node> nodes_;
  std::vector<Candidate> basket_;
  uint64_t group_ = 0;
  uint64_t iterations_ = 0;
};

}  // namespace nestwalk
