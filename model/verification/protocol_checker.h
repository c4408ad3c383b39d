// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <unordered_map>
#include <vector>

#include "model/tlm/at_ports.h"

namespace nestwalk {

/// Passes everything through and checks it against the TLM-2.0 base protocol (IEEE 1666-2011,
/// clauses 11, 14 and 15). Bound between an initiator and a target, it reports each breach as an
/// SC_ERROR of type `ProtocolChecker::kMessageType`:
///
/// - phases of a transaction in order, each once, on the path where it belongs;
/// - one request phase and one response phase at a time (exclusion rules);
/// - no time going backwards within a transaction;
/// - nb_transport payloads have a memory manager and are acquired when they are sent;
/// - at the request: command, data pointer, length, streaming width and DMI hint well-formed,
///   response status TLM_INCOMPLETE_RESPONSE; at the response: a status that says something;
/// - the attributes of a payload at its response are those of its request. (The standard lets an
///   interconnect leave another address; this library gives it back.)
/// - extensions that were asked for by `require` are present.
///
/// A payload with neither data nor data length is a message in its extensions: of its attributes
/// only those are checked.
class ProtocolChecker : public sc_core::sc_module,
                        private tlm::tlm_fw_transport_if<>,
                        private tlm::tlm_bw_transport_if<> {
 public:
  static constexpr const char* kMessageType = "/nestwalk/protocol";

  explicit ProtocolChecker(const sc_core::sc_module_name& name);
  ~ProtocolChecker() override;

  tlm::tlm_target_socket<64> upstream{"upstream"};
  InitiatorSocket downstream{"downstream"};

  /// Every transaction must carry this extension, as request and as response.
  template <class Extension>
  void require() {
    required_.push_back([](const tlm::tlm_generic_payload& payload) {
      return payload.get_extension<Extension>() != nullptr;
    });
  }

  uint64_t transactions() const { return transactions_; }  ///< Begun, of either kind.
  uint64_t breaches() const { return breaches_; }
  size_t in_flight() const { return in_flight_.size(); }  ///< Of nb_transport.

 private:
  using Payload = tlm::tlm_generic_payload;
  class Attributes;

  enum class State : uint8_t { kRequest, kRequestEnded, kResponse };

  struct InFlight;

  void b_transport(Payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  unsigned transport_dbg(Payload& payload) override;
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) override;

  void begin_request(Payload& payload, const sc_core::sc_time& delay);
  void end_request(Payload& payload, const sc_core::sc_time& delay);
  void begin_response(Payload& payload, const sc_core::sc_time& delay);
  void end_response(Payload& payload, const sc_core::sc_time& delay);
  void complete(Payload& payload, const sc_core::sc_time& delay);

  /// Moves no data: its extensions are all there is to it.
  static bool is_message(const Payload& payload);
  void check_request(const Payload& payload);
  void check_response(const Payload& payload, const Attributes& attributes);
  void check_time(const Payload& payload, const sc_core::sc_time& delay);
  InFlight* find(const Payload& payload, const char* phase);
  void report(const Payload& payload, const std::string& breach);

  std::vector<std::function<bool(const Payload&)>> required_;
  std::unordered_map<const Payload*, std::unique_ptr<InFlight>> in_flight_;
  const Payload* requesting_ = nullptr;  ///< Between BEGIN_REQ and END_REQ.
  const Payload* responding_ = nullptr;  ///< Between BEGIN_RESP and END_RESP.
  uint64_t transactions_ = 0;
  uint64_t breaches_ = 0;
};

/// Binds an initiator to a target through a checker of its own. Made to be the `connect` of an
/// assembled module, so that all its inner connections are checked too. Has the checkers, so it
/// must live as long as the simulation; to be declared before what it connects.
class CheckedConnections {
 public:
  void connect(InitiatorSocket& initiator, AnyTargetSocket& target);

  const std::vector<std::unique_ptr<ProtocolChecker>>& checkers() const { return checkers_; }
  /// Transactions in flight on any connection.
  size_t in_flight() const;

 private:
  std::vector<std::unique_ptr<ProtocolChecker>> checkers_;
};

}  // namespace nestwalk
