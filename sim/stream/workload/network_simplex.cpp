// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/network_simplex.h"

#include <algorithm>

#include "sim/stream/workload/random.h"

namespace nestwalk {
namespace {

constexpr int64_t kVehicle = 100000;  ///< Cost of a vehicle, on its way from the depot.
constexpr int64_t kLongestDrive = 5000;
constexpr uint64_t kHorizon = 400;  ///< A connection leads to one of so many later trips.
constexpr uint64_t kRefresh = 200;  ///< Iterations between two refreshes of all potentials.
constexpr uint64_t kNodeBytes = 104;
constexpr uint64_t kArcBytes = 64;

}  // namespace

VehicleScheduling::Arc VehicleScheduling::arc(uint64_t number) const {
  const uint64_t drive = scrambled(seed_ ^ scrambled(number)) % kLongestDrive;
  const auto cost = static_cast<int64_t>(drive);
  if (number < trips_) return {0, start(static_cast<uint32_t>(number)), kVehicle + cost};
  number -= trips_;
  if (number < trips_) return {end(static_cast<uint32_t>(number)), 0, cost};
  number -= trips_;
  // Trips are numbered by time. The last ones have no later trips: they connect to the first.
  const auto trip = static_cast<uint32_t>(number / connections_);
  const uint64_t wait = 1 + scrambled(seed_ + number) % std::min<uint64_t>(kHorizon, trips_);
  const auto next = static_cast<uint32_t>((trip + wait) % trips_);
  return {end(trip), start(next), cost + static_cast<int64_t>(10 * wait)};
}

NetworkSimplex::NetworkSimplex(const VehicleScheduling& problem)
    : problem_(problem),
      groups_((problem.arcs() - 1) / kGroupSize + 1),
      node_array_(layout_.array(problem.nodes(), kNodeBytes)),
      arc_array_(layout_.array(problem.arcs(), kArcBytes)) {
  restart();
}

void NetworkSimplex::restart() {
  nodes_.assign(problem_.nodes(), {});
  basket_.clear();
  group_ = 0;
  iterations_ = 0;
  Node& depot = nodes_[0];
  depot.parent = depot.child = depot.sibling = depot.sibling_before = kNoNode;
  depot.size = problem_.nodes();
  for (uint32_t number = 1; number < nodes_.size(); ++number) {
    Node& node = nodes_[number];
    node.arc = number - 1;  // the first arcs are the starts' from the depot, then the ends' to it
    node.up = number > problem_.trips();
    const int64_t cost = problem_.arc(node.arc).cost;
    node.potential = node.up ? cost : -cost;
    node.flow = 1;
    node.parent = 0;
    node.child = kNoNode;
    node.sibling = depot.child;
    node.sibling_before = kNoNode;
    if (depot.child != kNoNode) nodes_[depot.child].sibling_before = number;
    depot.child = number;
  }
}

int64_t NetworkSimplex::price(Emitter& emitter, uint64_t number) const {
  const VehicleScheduling::Arc arc = problem_.arc(number);
  const uint64_t address = arc_array_[number];
  emitter.load(address + kCost);
  emitter.load(address + kTail);
  emitter.load(at(arc.tail, kPotential));
  emitter.load(address + kHead);
  emitter.load(at(arc.head, kPotential));
  emitter.compute(4);
  return arc.cost - nodes_[arc.tail].potential + nodes_[arc.head].potential;
}

/// MCF's multiple partial pricing: the arcs of the basket are priced again, then groups of arcs,
/// each every groups_-th arc of the problem, until one has an arc that would pay.
uint64_t NetworkSimplex::choose_entering(Emitter& emitter) {
  if (basket_.size() > kBasket) basket_.resize(kBasket);
  size_t kept = 0;
  for (const Candidate& candidate : basket_) {
    const int64_t reduced_cost = price(emitter, candidate.arc);
    if (reduced_cost < 0) basket_[kept++] = {candidate.arc, reduced_cost};
  }
  basket_.resize(kept);
  const uint64_t first_group = group_;
  do {
    for (uint64_t number = group_; number < problem_.arcs(); number += groups_) {
      emitter.load(arc_array_[number] + kIdent, 4);
      emitter.compute(4);
      const VehicleScheduling::Arc arc = problem_.arc(number);
      if (nodes_[arc.tail].arc == number || nodes_[arc.head].arc == number) continue;  // basic
      const int64_t reduced_cost = price(emitter, number);
      if (reduced_cost < 0) basket_.push_back({number, reduced_cost});
    }
    group_ = (group_ + 1) % groups_;
  } while (basket_.empty() && group_ != first_group);
  if (basket_.empty()) return kNone;
  std::sort(basket_.begin(), basket_.end(), [](const Candidate& a, const Candidate& b) {
    return a.reduced_cost < b.reduced_cost || (a.reduced_cost == b.reduced_cost && a.arc < b.arc);
  });
  emitter.compute(static_cast<uint32_t>(20 * basket_.size()));  // the sort, on a small array
  const uint64_t best = basket_.front().arc;
  basket_.erase(basket_.begin());
  return best;
}

/// Along the tree in preorder: each node's potential from its parent's.
void NetworkSimplex::refresh_potentials(Emitter& emitter) {
  uint32_t number = nodes_[0].child;
  while (number != kNoNode && number != 0) {
    Node& node = nodes_[number];
    const int64_t cost = problem_.arc(node.arc).cost;
    emitter.load(at(number, kOrientation));
    emitter.load(at(number, kBasicArc));
    emitter.load(arc_array_[node.arc] + kCost);
    emitter.load(at(number, kParent));
    emitter.load(at(node.parent, kPotential));
    emitter.compute(4);
    emitter.store(at(number, kPotential));
    node.potential = nodes_[node.parent].potential + (node.up ? cost : -cost);
    emitter.load(at(number, kChild));
    if (node.child != kNoNode) {
      number = node.child;
      continue;
    }
    while (number != 0) {
      emitter.load(at(number, kSibling));
      emitter.compute(2);
      if (nodes_[number].sibling != kNoNode) {
        number = nodes_[number].sibling;
        break;
      }
      emitter.load(at(number, kParent));
      number = nodes_[number].parent;
    }
  }
}

void NetworkSimplex::detach(Emitter& emitter, uint32_t number) {
  const Node& node = nodes_[number];
  emitter.load(at(number, kSibling));
  emitter.load(at(number, kSiblingBefore));
  if (node.sibling != kNoNode) {
    nodes_[node.sibling].sibling_before = node.sibling_before;
    emitter.store(at(node.sibling, kSiblingBefore));
  }
  if (node.sibling_before != kNoNode) {
    nodes_[node.sibling_before].sibling = node.sibling;
    emitter.store(at(node.sibling_before, kSibling));
  } else {
    nodes_[node.parent].child = node.sibling;
    emitter.store(at(node.parent, kChild));
  }
  emitter.compute(4);
}

void NetworkSimplex::attach(Emitter& emitter, uint32_t number, uint32_t parent) {
  Node& node = nodes_[number];
  node.parent = parent;
  node.sibling = nodes_[parent].child;
  node.sibling_before = kNoNode;
  emitter.load(at(parent, kChild));
  if (node.sibling != kNoNode) {
    nodes_[node.sibling].sibling_before = number;
    emitter.store(at(node.sibling, kSiblingBefore));
  }
  nodes_[parent].child = number;
  emitter.store(at(parent, kChild));
  emitter.store(at(number, kParent));
  emitter.store(at(number, kSibling));
  emitter.store(at(number, kSiblingBefore));
  emitter.compute(4);
}

void NetworkSimplex::shift_subtree(Emitter& emitter, uint32_t root, int64_t by) {
  uint32_t number = root;
  for (;;) {
    emitter.update(at(number, kPotential));
    nodes_[number].potential += by;
    emitter.load(at(number, kChild));
    emitter.compute(2);
    if (nodes_[number].child != kNoNode) {
      number = nodes_[number].child;
      continue;
    }
    while (number != root) {
      emitter.load(at(number, kSibling));
      emitter.compute(2);
      if (nodes_[number].sibling != kNoNode) break;
      emitter.load(at(number, kParent));
      number = nodes_[number].parent;
    }
    if (number == root) return;
    number = nodes_[number].sibling;
  }
}

bool NetworkSimplex::pivot(Emitter& emitter) {
  const uint64_t entering = choose_entering(emitter);
  if (entering == kNone) return false;
  const VehicleScheduling::Arc arc = problem_.arc(entering);

  // The cycle that the arc closes: from both its ends up to where they meet. Flow is to grow along
  // the arc: on the head's side away from the arc, on the tail's side towards it. An arc against
  // that course limits it. The last such arc seen from the meeting point along the cycle leaves,
  // so that degenerate steps cannot go round in circles.
  uint32_t tail = arc.tail;
  uint32_t head = arc.head;
  int64_t step = INT64_MAX;
  uint32_t leaving = kNoNode;
  bool leaves_on_tail_side = false;
  const auto climb = [&](uint32_t& number, bool tail_side) {
    const Node& node = nodes_[number];
    emitter.load(at(number, kOrientation));
    emitter.load(at(number, kFlow));
    emitter.compute(5);
    // On the tail's side flow comes down from the meeting point: arcs that lead up lose flow.
    const bool loses = node.up == tail_side;
    if (loses && (tail_side ? node.flow < step : node.flow <= step)) {
      step = node.flow;
      leaving = number;
      leaves_on_tail_side = tail_side;
    }
    emitter.load(at(number, kParent));
    number = node.parent;
  };
  while (tail != head) {
    emitter.load(at(tail, kSize));
    emitter.load(at(head, kSize));
    if (nodes_[tail].size < nodes_[head].size) {
      climb(tail, true);
    } else {
      climb(head, false);
    }
  }
  const uint32_t meeting = tail;

  const auto push = [&](uint32_t number, bool tail_side) {
    for (; number != meeting; number = nodes_[number].parent) {
      nodes_[number].flow += nodes_[number].up == tail_side ? -step : step;
      emitter.load(at(number, kOrientation));
      emitter.update(at(number, kFlow));
      emitter.load(at(number, kParent));
      emitter.compute(3);
    }
  };
  push(arc.tail, true);
  push(arc.head, false);

  // The subtree below the leaving arc is hung up by the entering arc: the way from its new root to
  // the leaving arc turns round.
  const int64_t reduced_cost = arc.cost - nodes_[arc.tail].potential + nodes_[arc.head].potential;
  uint32_t number = leaves_on_tail_side ? arc.tail : arc.head;
  uint32_t parent = leaves_on_tail_side ? arc.head : arc.tail;
  const uint32_t new_root = number;
  const uint32_t old_parent = nodes_[leaving].parent;
  const uint32_t moved = nodes_[leaving].size;
  uint64_t basic = entering;
  bool up = leaves_on_tail_side;
  int64_t flow = step;
  for (uint32_t below = 0;;) {
    Node& node = nodes_[number];
    const uint32_t next = node.parent;
    const Node old = node;
    detach(emitter, number);
    attach(emitter, number, parent);
    node.arc = basic;
    node.up = up;
    node.flow = flow;
    node.size = moved - below;
    emitter.load(at(number, kBasicArc));
    emitter.store(at(number, kBasicArc));
    emitter.store(at(number, kOrientation));
    emitter.store(at(number, kFlow));
    emitter.store(at(number, kSize));
    emitter.compute(8);
    if (number == leaving) break;
    below = old.size;
    basic = old.arc;
    up = !old.up;
    flow = old.flow;
    parent = number;
    number = next;
  }
  const auto resize = [&](uint32_t from, int64_t by) {
    for (; from != meeting; from = nodes_[from].parent) {
      nodes_[from].size = static_cast<uint32_t>(nodes_[from].size + by);
      emitter.update(at(from, kSize));
      emitter.load(at(from, kParent));
      emitter.compute(2);
    }
  };
  resize(old_parent, -static_cast<int64_t>(moved));
  resize(leaves_on_tail_side ? arc.head : arc.tail, moved);
  shift_subtree(emitter, new_root, leaves_on_tail_side ? reduced_cost : -reduced_cost);

  if (++iterations_ % kRefresh == 0) refresh_potentials(emitter);
  return true;
}

int64_t NetworkSimplex::cost() const {
  int64_t sum = 0;
  std::vector<int64_t> balance(nodes_.size());
  for (uint32_t number = 1; number < nodes_.size(); ++number) {
    const Node& node = nodes_[number];
    const VehicleScheduling::Arc arc = problem_.arc(node.arc);
    if (node.flow < 0 || arc.tail != (node.up ? number : node.parent)) return -1;
    balance[arc.tail] -= node.flow;
    balance[arc.head] += node.flow;
    sum += node.flow * arc.cost;
  }
  for (uint32_t trip = 0; trip < problem_.trips(); ++trip) {
    if (balance[problem_.start(trip)] != 1 || balance[problem_.end(trip)] != -1) return -1;
  }
  return sum;
}

bool NetworkSimplex::is_strongly_feasible() const {
  return std::all_of(nodes_.begin() + 1, nodes_.end(),
                     [](const Node& node) { return node.up || node.flow > 0; });
}

}  // namespace nestwalk
