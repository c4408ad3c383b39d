// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/canneal.h"

#include <cmath>
#include <cstdlib>

namespace nestwalk {
namespace {

constexpr double kStartTemperature = 2000;
constexpr double kCooling = 1.5;

/// `netlist_elem`: two vectors, the place, the name.
constexpr uint64_t kElementBytes = 88;
constexpr uint64_t kFanIn = 0;
constexpr uint64_t kFanOut = 24;
constexpr uint64_t kPlace = 48;
/// What the reader allocates for an element: 5 pointers each way, and a node of the map of names.
constexpr uint64_t kRecordBytes = 224;
constexpr uint64_t kFanOutPins = 48;

class Canneal : public Program {
 public:
  Canneal(uint32_t elements, uint32_t swaps_a_step, uint64_t seed)
      : annealing_(elements, swaps_a_step, seed) {}

  void run(Emitter& emitter) override {
    for (;;) {
      annealing_.restart();
      while (!annealing_.cold()) annealing_.move(emitter);
    }
  }

  VirtualRange region() const override { return annealing_.region(); }
  /// Element, neighbour, place: three dependent loads, beside those of nine other neighbours.
  ProcessorHint processor_hint() const override { return {std::nullopt, 0.5}; }

 private:
  Annealing annealing_;
};

}  // namespace

Netlist::Netlist(uint32_t elements, uint64_t seed) : elements_(elements) {
  for (uint32_t pin = 0; pin < kPins; ++pin) sources_.emplace_back(elements, scrambled(seed) + pin);
}

Annealing::Annealing(uint32_t elements, uint32_t swaps_a_step, uint64_t seed)
    : seed_(seed),
      netlist_(elements, seed),
      side_(static_cast<uint32_t>(std::ceil(std::sqrt(elements)))),
      swaps_a_step_(swaps_a_step),
      element_array_(layout_.array(elements, kElementBytes)),
      heap_(layout_.array(elements, kRecordBytes)),
      places_(layout_.array(uint64_t{side_} * side_, 8)),
      random_(seed) {}

void Annealing::restart() {
  const Permutation random_place(netlist_.elements(), ~seed_);
  place_of_.resize(netlist_.elements());
  for (uint32_t element = 0; element < netlist_.elements(); ++element)
    place_of_[element] = static_cast<uint32_t>(random_place(element));
  temperature_ = kStartTemperature / kCooling;
  swaps_ = 0;
  second_ = 0;
  cost_change_ = 0;
}

int64_t Annealing::distance(const Position& a, const Position& b) {
  return std::abs(a.x - b.x) + std::abs(a.y - b.y);
}

/// One neighbour's share of a move's cost.
int64_t Annealing::wire(Emitter& emitter, uint64_t pointer, uint32_t other, const Position& from,
                        const Position& to) const {
  emitter.load(pointer);
  emitter.load(element_array_[other] + kPlace);
  const uint32_t place = place_of_[other];
  emitter.compute(4);  // the atomic pointer's check
  emitter.load(places_[place], 4);
  emitter.load(places_[place] + 4, 4);
  emitter.compute(22);  // four distances, in floating point
  return distance(position(place), to) - distance(position(place), from);
}

int64_t Annealing::swap_cost(Emitter& emitter, uint32_t element, uint32_t from, uint32_t to) const {
  const Position here = position(from);
  const Position there = position(to);
  const uint64_t address = element_array_[element];
  int64_t change = 0;
  emitter.load(address + kFanIn);
  emitter.load(address + kFanIn + 8);
  for (uint32_t pin = 0; pin < Netlist::kPins; ++pin) {
    change += wire(emitter, heap_[element] + 8 * pin, netlist_.fan_in(element, pin), here, there);
  }
  emitter.load(address + kFanOut);
  emitter.load(address + kFanOut + 8);
  for (uint32_t pin = 0; pin < Netlist::kPins; ++pin) {
    change += wire(emitter, heap_[element] + kFanOutPins + 8 * pin, netlist_.fan_out(element, pin),
                   here, there);
  }
  return change;
}

void Annealing::move(Emitter& emitter) {
  const uint32_t first = second_;
  do {
    second_ = static_cast<uint32_t>(random_.below(netlist_.elements()));
    emitter.compute(60);  // Mersenne Twister
  } while (second_ == first);
  const uint32_t first_place = place_of_[first];
  const uint32_t second_place = place_of_[second_];
  emitter.load(element_array_[first] + kPlace);
  emitter.load(element_array_[second_] + kPlace);
  const int64_t change = swap_cost(emitter, first, first_place, second_place) +
                         swap_cost(emitter, second_, second_place, first_place);
  emitter.compute(40);
  if (change < 0 || std::exp(-static_cast<double>(change) / temperature_) > random_.fraction()) {
    // As the program weighs it. Where the two are neighbours of each other the true change is
    // another: it is what counts here.
    std::swap(place_of_[first], place_of_[second_]);
    emitter.update(element_array_[first] + kPlace);
    emitter.update(element_array_[second_] + kPlace);
    cost_change_ += change;
  }
  if (++swaps_ == swaps_a_step_) {
    swaps_ = 0;
    temperature_ /= kCooling;
  }
}

int64_t Annealing::routing_cost() const {
  int64_t cost = 0;
  for (uint32_t element = 0; element < netlist_.elements(); ++element) {
    for (uint32_t pin = 0; pin < Netlist::kPins; ++pin) {
      cost += distance(position(place_of_[element]),
                       position(place_of_[netlist_.fan_in(element, pin)]));
    }
  }
  return cost;
}

Workload canneal_workload() {
  Workload canneal;
  canneal.name = "canneal";
  canneal.runs = "PARSEC canneal: placement of a random netlist by simulated annealing";
  canneal.parameters = {
      {"elements", "2500000", "of the netlist, 320 bytes each (800 MB), 10 to 100000000"},
      {"swaps", "15000", "moves at each temperature, from 1"},
      {"references", "20000000", "loads and stores"},
  };
  canneal.open = [](const WorkloadParameters& parameters, uint64_t seed) {
    const auto elements = static_cast<uint32_t>(parameters.count("elements", 10, 100000000));
    const auto swaps = static_cast<uint32_t>(parameters.count("swaps", 1, UINT32_MAX));
    return stream_of(std::make_unique<Canneal>(elements, swaps, seed), parameters.references());
  };
  return canneal;
}

}  // namespace nestwalk
