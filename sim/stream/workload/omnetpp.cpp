// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/workload/omnetpp.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace nestwalk {
namespace {

constexpr uint64_t kHostBytes = 16 << 10;  ///< A host's modules, gates, parameters, queues.
constexpr uint64_t kSwitchBytes = 32 << 10;
constexpr uint64_t kModuleBytes = 4 << 10;
constexpr uint64_t kMessageBytes = 256;
constexpr uint32_t kMessagesAHost = 4;

constexpr double kThinkTime = 4e-3;  ///< Seconds between a host's requests, on average.
constexpr double kHostRate = 100e6;  ///< Bits a second.
constexpr double kSwitchRate = 1e9;
constexpr double kFrameBits = 12e3;
constexpr double kLocal = 0.8;  ///< Of the requests, to a server at the same switch.
constexpr uint32_t kNear = 72;  ///< Hosts among which the others' servers are.
constexpr uint32_t kRepliesARequest = 3;

/// Bytes from a message's begin.
enum MessageField : uint8_t { kKindField = 40, kTime = 96, kOrder = 112, kHeapPlace = 120 };

class Omnetpp : public Program {
 public:
  Omnetpp(uint32_t hosts, uint64_t seed) : simulation_(hosts, seed) {}

  void run(Emitter& emitter) override {
    for (;;) simulation_.step(emitter);
  }

  VirtualRange region() const override { return simulation_.region(); }
  /// The heap leads to a message, the message to its module, the module to its gates: hardly a load
  /// whose address is known before the one ahead of it is served.
  ProcessorHint processor_hint() const override { return {std::nullopt, 0.7}; }

 private:
  EthernetSimulation simulation_;
};

}  // namespace

EthernetSimulation::EthernetSimulation(uint32_t hosts, uint64_t seed)
    : hosts_(hosts),
      switches_((hosts + kHostsASwitch - 1) / kHostsASwitch),
      random_(seed),
      host_array_(layout_.array(hosts_, kHostBytes)),
      switch_array_(layout_.array(switches_, kSwitchBytes)),
      message_array_(layout_.array(uint64_t{hosts_} * kMessagesAHost, kMessageBytes)),
      heap_array_(layout_.array(uint64_t{hosts_} * kMessagesAHost, 8)),
      messages_(uint64_t{hosts_} * kMessagesAHost),
      busy_until_(hosts_ + switches_) {
  for (auto message = static_cast<uint32_t>(messages_.size()); message-- > hosts_;)
    free_.push_back(message);
  for (uint32_t host = 0; host < hosts_; ++host) {
    Message& timer = messages_[host];
    timer.node = host;
    timer.order = order_++;
    timer.time = kThinkTime * random_.fraction();
    heap_.push_back(host);
  }
  std::sort(heap_.begin(), heap_.end(),
            [&](uint32_t a, uint32_t b) { return messages_[a].time < messages_[b].time; });
}

uint64_t EthernetSimulation::node_address(uint32_t node) const {
  return node < hosts_ ? host_array_[node] : switch_array_[node - hosts_];
}

/// Switches are a tree in the manner of a heap: 0 is the root, the parent of s is (s - 1) /
/// fan-out.
uint32_t EthernetSimulation::next_hop(uint32_t at_switch, uint32_t host) const {
  uint32_t below = switch_of(host);
  if (below == at_switch) return host;
  while (below > at_switch) {
    const uint32_t parent = (below - 1) / kFanOut;
    if (parent == at_switch) return hosts_ + below;
    below = parent;
  }
  return hosts_ + (at_switch - 1) / kFanOut;
}

/// From a list of free objects, the one that was freed last.
uint32_t EthernetSimulation::allocate(Emitter& emitter) {
  if (free_.empty()) return UINT32_MAX;
  const uint32_t message = free_.back();
  free_.pop_back();
  emitter.load(message_array_[message]);
  emitter.compute(40);
  for (uint64_t at = 0; at < kMessageBytes; at += 16) emitter.store(message_array_[message] + at);
  return message;
}

void EthernetSimulation::release(Emitter& emitter, uint32_t message) {
  free_.push_back(message);
  emitter.store(message_array_[message]);
  emitter.compute(30);
}

bool EthernetSimulation::earlier(Emitter& emitter, uint32_t a, uint32_t b) const {
  emitter.load(message_array_[a] + kTime);
  emitter.load(message_array_[b] + kTime);
  emitter.compute(4);
  if (messages_[a].time == messages_[b].time) {
    emitter.load(message_array_[a] + kOrder);
    emitter.load(message_array_[b] + kOrder);
    emitter.compute(3);
  }
  return std::tie(messages_[a].time, messages_[a].order) <
         std::tie(messages_[b].time, messages_[b].order);
}

void EthernetSimulation::put(Emitter& emitter, size_t place, uint32_t message) {
  heap_[place] = message;
  emitter.store(heap_array_[place]);
  emitter.store(message_array_[message] + kHeapPlace, 4);
}

void EthernetSimulation::schedule(Emitter& emitter, uint32_t message, double time) {
  messages_[message].time = time;
  messages_[message].order = order_++;
  emitter.store(message_array_[message] + kTime);
  emitter.store(message_array_[message] + kOrder);
  heap_.push_back(message);
  size_t place = heap_.size() - 1;
  while (place > 0) {
    const size_t parent = (place - 1) / 2;
    emitter.load(heap_array_[parent]);
    if (!earlier(emitter, message, heap_[parent])) break;
    put(emitter, place, heap_[parent]);
    place = parent;
  }
  put(emitter, place, message);
}

uint32_t EthernetSimulation::take_first(Emitter& emitter) {
  const uint32_t first = heap_.front();
  const uint32_t last = heap_.back();
  emitter.load(heap_array_[0]);
  emitter.load(heap_array_[heap_.size() - 1]);
  heap_.pop_back();
  size_t place = 0;
  for (size_t child = 1; child < heap_.size(); child = 2 * place + 1) {
    emitter.load(heap_array_[child]);
    if (child + 1 < heap_.size()) {
      emitter.load(heap_array_[child + 1]);
      if (earlier(emitter, heap_[child + 1], heap_[child])) ++child;
    }
    if (!earlier(emitter, heap_[child], last)) break;
    put(emitter, place, heap_[child]);
    place = child;
  }
  if (!heap_.empty()) put(emitter, place, last);
  return first;
}

/// What a module does with a message apart from the heap: virtual calls, gates, statistics.
void EthernetSimulation::work(Emitter& emitter, uint32_t node, uint32_t module,
                              uint32_t message) const {
  constexpr uint32_t kAccesses = 48;
  const uint64_t own = node_address(node) + module * kModuleBytes;
  for (uint32_t i = 0; i < kAccesses; ++i) {
    // A module's state lies in some lines of its part; now and then one of the message's fields.
    const uint64_t field = own + (i * 7 % 24) * 72;
    emitter.compute(8);
    if (i % 4 == 3) {
      emitter.load(message_array_[message] + kKindField + i / 4 % 4 * 8);
    } else if (i % 6 == 4) {
      emitter.store(field);
    } else {
      emitter.load(field);
    }
  }
}

void EthernetSimulation::step(Emitter& emitter) {
  const uint32_t message = take_first(emitter);
  now_ = messages_[message].time;
  emitter.load(message_array_[message] + kKindField);
  emitter.compute(60);
  if (messages_[message].kind == Kind::kTimer) {
    timer(emitter, message);
  } else if (messages_[message].node < hosts_) {
    at_host(emitter, message);
  } else {
    at_switch(emitter, message);
  }
}

void EthernetSimulation::timer(Emitter& emitter, uint32_t message) {
  const uint32_t host = messages_[message].node;
  work(emitter, host, 0, message);
  const uint32_t among = random_.fraction() < kLocal ? kHostsASwitch : kNear;
  const uint32_t first = host / among * among;
  const uint32_t server =
      first + static_cast<uint32_t>(random_.below(std::min(among, hosts_ - first)));
  if (server != host) send(emitter, host, server, Kind::kRequest);
  schedule(emitter, message, now_ - kThinkTime * std::log1p(-random_.fraction()));
}

void EthernetSimulation::send(Emitter& emitter, uint32_t from, uint32_t to, Kind kind) {
  const uint32_t message = allocate(emitter);
  if (message == UINT32_MAX) return;  // as many as can be in flight are
  Message& frame = messages_[message];
  frame.kind = kind;
  frame.node = from;
  frame.source = from;
  frame.target = to;
  frame.module = 1;
  frame.down = true;
  ++sent_;
  ++in_flight_;
  schedule(emitter, message, now_);
}

void EthernetSimulation::at_host(Emitter& emitter, uint32_t message) {
  Message& frame = messages_[message];
  work(emitter, frame.node, frame.module, message);
  if (frame.down) {
    if (++frame.module < kModules) {
      schedule(emitter, message, now_);
    } else {
      transmit(emitter, message, frame.node, hosts_ + switch_of(frame.node));
    }
    return;
  }
  if (frame.module-- > 0) {
    schedule(emitter, message, now_);
    return;
  }
  ++received_;
  --in_flight_;
  const Message arrived = frame;
  release(emitter, message);
  if (arrived.kind == Kind::kRequest) {
    for (uint32_t i = 0; i < kRepliesARequest; ++i)
      send(emitter, arrived.target, arrived.source, Kind::kReply);
  }
}

void EthernetSimulation::at_switch(Emitter& emitter, uint32_t message) {
  const uint32_t node = messages_[message].node;
  work(emitter, node, 0, message);
  // The relay looks the target up in its table of addresses, a balanced tree, and learns the
  // source.
  constexpr uint64_t kTable = 16 << 10;
  constexpr uint32_t kEntries = 128;
  constexpr uint64_t kEntryBytes = 64;
  for (const uint32_t host : {messages_[message].target, messages_[message].source}) {
    const auto sought = static_cast<uint32_t>(scrambled(host) % kEntries);
    for (uint32_t low = 0, high = kEntries; high - low > 1;) {
      const uint32_t middle = (low + high) / 2;
      emitter.load(node_address(node) + kTable + middle * kEntryBytes);
      emitter.compute(6);
      (middle <= sought ? low : high) = middle;
    }
  }
  transmit(emitter, message, node, next_hop(node - hosts_, messages_[message].target));
}

/// Onto the wire when those before are through, to the next node's lowest module.
void EthernetSimulation::transmit(Emitter& emitter, uint32_t message, uint32_t from, uint32_t to) {
  const double duration = kFrameBits / (from < hosts_ ? kHostRate : kSwitchRate);
  const double begin = std::max(now_, busy_until_[from]);
  busy_until_[from] = begin + duration;
  Message& frame = messages_[message];
  frame.node = to;
  frame.module = kModules - 1;
  frame.down = false;
  work(emitter, from, from < hosts_ ? kModules - 1 : 1, message);
  schedule(emitter, message, begin + duration);
}

Workload omnetpp_workload() {
  Workload omnetpp;
  omnetpp.name = "omnetpp";
  omnetpp.runs = "SPEC 471.omnetpp: discrete event simulation of a large switched Ethernet";
  omnetpp.parameters = {
      {"hosts", "8000", "with a switch for every 9, 21 KB a host (169 MB), 2 to 1000000"},
      {"references", "20000000", "loads and stores"},
  };
  omnetpp.open = [](const WorkloadParameters& parameters, uint64_t seed) {
    const auto hosts = static_cast<uint32_t>(parameters.count("hosts", 2, 1000000));
    return stream_of(std::make_unique<Omnetpp>(hosts, seed), parameters.references());
  };
  return omnetpp;
}

}  // namespace nestwalk
