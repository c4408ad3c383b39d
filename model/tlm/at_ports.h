// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <systemc>
#include <tlm>
#include <utility>

namespace nestwalk {

/// An initiator socket that the last of a chain may leave unbound.
using InitiatorSocket =
    tlm::tlm_initiator_socket<64, tlm::tlm_base_protocol_types, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
/// A target socket of any kind, to be bound to one.
using AnyTargetSocket = tlm::tlm_base_target_socket_b<64>;

/// Whether a phase is not of the base protocol: whoever does not know it accepts it and does
/// nothing (IEEE 1666-2011, 15.2.5).
inline bool is_ignorable(const tlm::tlm_phase& phase) {
  return phase > tlm::END_RESP;
}

// What a module reports of a neighbour that breaks the base protocol.
inline constexpr const char* kNotKept = "nb_transport needs a payload with a memory manager";
inline constexpr const char* kSentTwice = "BEGIN_REQ of a payload that is in flight";
inline constexpr const char* kAnswerToNone = "BEGIN_RESP of a payload that no answer is due to";

/// The initiator side of the 4-phase base protocol on one socket: sends requests one at a time,
/// each after the END_REQ of the one before (IEEE 1666-2011, clause 15: request exclusion rule).
/// Where phases are annotated, none counts while another is being accepted. Whether an answer is to
/// a request of the owner's is for the owner to tell.
class RequestPort {
 public:
  /// Called for each answer, with the delay after which it counts.
  using OnAnswer = std::function<void(tlm::tlm_generic_payload&, const sc_core::sc_time&)>;

  RequestPort(InitiatorSocket& socket, OnAnswer on_answer)
      : socket_(&socket), on_answer_(std::move(on_answer)) {}

  /// Sends as soon as it is this request's turn, `delay` from now at the earliest.
  void send(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
    if (busy_ != nullptr || !waiting_.empty()) {
      waiting_.push_back({&payload, sc_core::sc_time_stamp() + delay});
      return;
    }
    transmit(payload, delay);
    transmit_waiting();  // what was sent from within that call
  }

  /// The backward path: nb_transport_bw of the owner.
  tlm::tlm_sync_enum receive(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             const sc_core::sc_time& delay) {
    if (is_ignorable(phase)) return tlm::TLM_ACCEPTED;
    if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP) {
      SC_REPORT_ERROR((*socket_).name(),
                      "only END_REQ and BEGIN_RESP are legal on the backward path");
      return tlm::TLM_ACCEPTED;
    }
    const bool answered = phase == tlm::BEGIN_RESP;  // implies END_REQ if that did not come
    if (busy_ == &payload) {
      busy_ = nullptr;
      if (!answered) accepted(sc_core::sc_time_stamp() + delay);
    }
    if (answered) on_answer_(payload, delay);
    transmit_waiting();
    return answered ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
  }

 private:
  struct Waiting {
    tlm::tlm_generic_payload* payload;
    sc_core::sc_time due;
  };

  void transmit_waiting() {
    while (busy_ == nullptr && !waiting_.empty()) {
      const Waiting next = waiting_.front();
      waiting_.pop_front();
      const sc_core::sc_time now = sc_core::sc_time_stamp();
      transmit(*next.payload, next.due > now ? next.due - now : sc_core::SC_ZERO_TIME);
    }
  }

  void transmit(tlm::tlm_generic_payload& payload, sc_core::sc_time delay) {
    busy_ = &payload;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    began_ = now + delay;
    if (closed_ <= began_ && began_ < open_) {
      began_ = open_;
      delay = open_ - now;
    }
    const tlm::tlm_sync_enum status = (*socket_)->nb_transport_fw(payload, phase, delay);
    if (status == tlm::TLM_ACCEPTED || (status == tlm::TLM_UPDATED && is_ignorable(phase))) return;
    if (busy_ == &payload) busy_ = nullptr;
    if (status == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
      accepted(now + delay);
      return;
    }
    if (status == tlm::TLM_UPDATED) {
      tlm::tlm_phase end = tlm::END_RESP;
      sc_core::sc_time when = delay;  // not before BEGIN_RESP counts
      (*socket_)->nb_transport_fw(payload, end, when);
    }
    on_answer_(payload, delay);
  }

  /// The request that was sent last is accepted, or will be, at `end`.
  void accepted(const sc_core::sc_time& end) {
    if (end == began_) return;
    const bool past = open_ <= sc_core::sc_time_stamp();
    closed_ = past ? began_ : std::min(closed_, began_);
    open_ = std::max(open_, end);
  }

  InitiatorSocket* socket_;
  OnAnswer on_answer_;
  tlm::tlm_generic_payload* busy_ = nullptr;
  sc_core::sc_time began_;  ///< When the request that was sent last counts.
  // From the first request to the last that is being accepted: the target takes no more meanwhile.
  sc_core::sc_time closed_;
  sc_core::sc_time open_;
  std::deque<Waiting> waiting_;
};

/// The target side: sends responses one at a time, each after the END_RESP of the one before
/// (response exclusion rule), and no earlier than that counts.
class ResponsePort {
 public:
  explicit ResponsePort(tlm::tlm_target_socket<64>& socket) : socket_(&socket) {}

  void send(tlm::tlm_generic_payload& payload) {
    if (busy_ != nullptr || !waiting_.empty()) {
      waiting_.push_back(&payload);
      return;
    }
    transmit(payload);
    transmit_waiting();  // what was sent from within that call
  }

  /// The forward path: what nb_transport_fw of the owner answers; unset for BEGIN_REQ, which is the
  /// owner's to take. A payload without a memory manager is reported and not taken.
  std::optional<tlm::tlm_sync_enum> receive(const tlm::tlm_generic_payload& payload,
                                            const tlm::tlm_phase& phase,
                                            const sc_core::sc_time& delay) {
    if (phase == tlm::BEGIN_REQ) {
      if (payload.has_mm()) return std::nullopt;
      SC_REPORT_ERROR(socket_->name(), kNotKept);
      return tlm::TLM_COMPLETED;
    }
    if (phase == tlm::END_RESP) {
      end(payload, delay);
      transmit_waiting();
      return tlm::TLM_COMPLETED;
    }
    if (!is_ignorable(phase))
      SC_REPORT_ERROR(socket_->name(), "only BEGIN_REQ and END_RESP are legal on the forward path");
    return tlm::TLM_ACCEPTED;
  }

 private:
  void transmit_waiting() {
    while (busy_ == nullptr && !waiting_.empty()) {
      tlm::tlm_generic_payload& payload = *waiting_.front();
      waiting_.pop_front();
      transmit(payload);
    }
  }

  void transmit(tlm::tlm_generic_payload& payload) {
    busy_ = &payload;
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    sc_core::sc_time delay = now < free_ ? free_ - now : sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum status = (*socket_)->nb_transport_bw(payload, phase, delay);
    const bool ended =
        status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP);
    if (ended) end(payload, delay);
  }

  void end(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
    if (busy_ != &payload) return;
    busy_ = nullptr;
    free_ = sc_core::sc_time_stamp() + delay;
  }

  tlm::tlm_target_socket<64>* socket_;
  tlm::tlm_generic_payload* busy_ = nullptr;
  sc_core::sc_time free_;  ///< When the last END_RESP counts.
  std::deque<tlm::tlm_generic_payload*> waiting_;
};

}  // namespace nestwalk
