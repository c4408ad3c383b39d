// SPDX-License-Identifier: Apache-2.0
#include "model/verification/protocol_checker.h"

#include <algorithm>
#include <sstream>

namespace nestwalk {

/// What an initiator sets and nobody may change until the response.
class ProtocolChecker::Attributes {
 public:
  explicit Attributes(const Payload& payload)
      : command_(payload.get_command()),
        address_(payload.get_address()),
        data_(payload.get_data_ptr()),
        length_(payload.get_data_length()),
        byte_enables_(payload.get_byte_enable_ptr()),
        byte_enable_length_(payload.get_byte_enable_length()),
        streaming_width_(payload.get_streaming_width()) {}

  friend bool operator==(const Attributes& a, const Attributes& b) {
    return a.command_ == b.command_ && a.address_ == b.address_ && a.data_ == b.data_ &&
           a.length_ == b.length_ && a.byte_enables_ == b.byte_enables_ &&
           a.byte_enable_length_ == b.byte_enable_length_ &&
           a.streaming_width_ == b.streaming_width_;
  }

 private:
  tlm::tlm_command command_;
  uint64_t address_;
  const unsigned char* data_;
  unsigned length_;
  const unsigned char* byte_enables_;
  unsigned byte_enable_length_;
  unsigned streaming_width_;
};

struct ProtocolChecker::InFlight {
  explicit InFlight(const Payload& payload) : attributes(payload) {}

  Attributes attributes;
  State state = State::kRequest;
  sc_core::sc_time last;  ///< Of its latest phase, annotation included.
};

ProtocolChecker::ProtocolChecker(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
  upstream.bind(*this);
  downstream.bind(*this);
}

ProtocolChecker::~ProtocolChecker() = default;

// ---- b_transport -------------------------------------------------------------------------------

void ProtocolChecker::b_transport(Payload& payload, sc_core::sc_time& delay) {
  ++transactions_;
  check_request(payload);
  const Attributes attributes(payload);
  const sc_core::sc_time began = sc_core::sc_time_stamp() + delay;
  downstream->b_transport(payload, delay);
  if (sc_core::sc_time_stamp() + delay < began)
    report(payload, "b_transport returned an earlier time than it was called with");
  check_response(payload, attributes);
}

// ---- nb_transport ------------------------------------------------------------------------------

tlm::tlm_sync_enum ProtocolChecker::nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                                    sc_core::sc_time& delay) {
  const bool is_request = phase == tlm::BEGIN_REQ;
  if (is_request)
    begin_request(payload, delay);
  else if (phase == tlm::END_RESP)
    end_response(payload, delay);
  else if (!is_ignorable(phase))
    report(payload, "the forward path has BEGIN_REQ and END_RESP only");

  const tlm::tlm_sync_enum status = downstream->nb_transport_fw(payload, phase, delay);
  if (!is_request) return status;
  if (status == tlm::TLM_COMPLETED) {
    complete(payload, delay);
  } else if (status == tlm::TLM_UPDATED) {
    if (phase == tlm::END_REQ)
      end_request(payload, delay);
    else if (phase == tlm::BEGIN_RESP)
      begin_response(payload, delay);
    else if (!is_ignorable(phase))
      report(payload, "BEGIN_REQ was answered by a phase other than END_REQ and BEGIN_RESP");
  }
  return status;
}

tlm::tlm_sync_enum ProtocolChecker::nb_transport_bw(Payload& payload, tlm::tlm_phase& phase,
                                                    sc_core::sc_time& delay) {
  const bool is_response = phase == tlm::BEGIN_RESP;
  const bool is_end = phase == tlm::END_REQ;
  if (is_response)
    begin_response(payload, delay);
  else if (is_end)
    end_request(payload, delay);
  else if (!is_ignorable(phase))
    report(payload, "the backward path has END_REQ and BEGIN_RESP only");

  const tlm::tlm_sync_enum status = upstream->nb_transport_bw(payload, phase, delay);
  if (!is_response) {
    const bool is_answered = status != tlm::TLM_ACCEPTED && !is_ignorable(phase);
    if (is_end && is_answered) report(payload, "END_REQ was not answered by TLM_ACCEPTED");
    return status;
  }
  if (status == tlm::TLM_COMPLETED || (status == tlm::TLM_UPDATED && phase == tlm::END_RESP))
    end_response(payload, delay);
  else if (status == tlm::TLM_UPDATED && !is_ignorable(phase))
    report(payload, "BEGIN_RESP was answered by a phase other than END_RESP");
  return status;
}

void ProtocolChecker::begin_request(Payload& payload, const sc_core::sc_time& delay) {
  ++transactions_;
  if (!payload.has_mm() || payload.get_ref_count() < 1)
    report(payload, "nb_transport needs a payload with a memory manager, acquired");
  if (in_flight_.count(&payload) != 0) {
    report(payload, "BEGIN_REQ of a transaction that is in flight");
    return;
  }
  if (requesting_ != nullptr)
    report(payload, "BEGIN_REQ before the END_REQ of another (request exclusion rule)");
  check_request(payload);
  requesting_ = &payload;
  in_flight_[&payload] = std::make_unique<InFlight>(payload);
  check_time(payload, delay);
}

void ProtocolChecker::end_request(Payload& payload, const sc_core::sc_time& delay) {
  InFlight* const transaction = find(payload, "END_REQ");
  if (transaction == nullptr) return;
  if (transaction->state != State::kRequest) {
    report(payload, "END_REQ a second time, or after the response");
    return;
  }
  transaction->state = State::kRequestEnded;
  requesting_ = nullptr;
  check_time(payload, delay);
}

void ProtocolChecker::begin_response(Payload& payload, const sc_core::sc_time& delay) {
  InFlight* const transaction = find(payload, "BEGIN_RESP");
  if (transaction == nullptr) return;
  if (transaction->state == State::kResponse) {
    report(payload, "BEGIN_RESP a second time");
    return;
  }
  if (transaction->state == State::kRequest) requesting_ = nullptr;  // implies END_REQ
  if (responding_ != nullptr)
    report(payload, "BEGIN_RESP before the END_RESP of another (response exclusion rule)");
  transaction->state = State::kResponse;
  responding_ = &payload;
  check_time(payload, delay);
  check_response(payload, transaction->attributes);
}

void ProtocolChecker::end_response(Payload& payload, const sc_core::sc_time& delay) {
  const InFlight* const transaction = find(payload, "END_RESP");
  if (transaction == nullptr) return;
  if (transaction->state != State::kResponse) {
    report(payload, "END_RESP without BEGIN_RESP");
    return;
  }
  check_time(payload, delay);
  responding_ = nullptr;
  in_flight_.erase(&payload);
}

void ProtocolChecker::complete(Payload& payload, const sc_core::sc_time& delay) {
  const InFlight* const transaction = find(payload, "TLM_COMPLETED");
  if (transaction == nullptr) return;
  if (transaction->state == State::kRequest) requesting_ = nullptr;
  check_time(payload, delay);
  check_response(payload, transaction->attributes);
  in_flight_.erase(&payload);
}

// ---- debug transport and DMI -------------------------------------------------------------------

unsigned ProtocolChecker::transport_dbg(Payload& payload) {
  const Attributes attributes(payload);
  const unsigned moved = downstream->transport_dbg(payload);
  if (moved > payload.get_data_length())
    report(payload, "transport_dbg moved more bytes than it was asked for");
  if (!(Attributes(payload) == attributes)) report(payload, "transport_dbg changed attributes");
  return moved;
}

bool ProtocolChecker::get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) {
  const Attributes attributes(payload);
  const bool granted = downstream->get_direct_mem_ptr(payload, dmi);
  const uint64_t address = payload.get_address();
  if (!(Attributes(payload) == attributes))
    report(payload, "get_direct_mem_ptr changed attributes");
  if (address < dmi.get_start_address() || address > dmi.get_end_address())
    report(payload, "a DMI region does not contain the address that was asked for");
  if (granted && dmi.get_dmi_ptr() == nullptr) report(payload, "a DMI grant has no pointer");
  return granted;
}

void ProtocolChecker::invalidate_direct_mem_ptr(sc_dt::uint64 first, sc_dt::uint64 last) {
  upstream->invalidate_direct_mem_ptr(first, last);
}

// ---- checks ------------------------------------------------------------------------------------

bool ProtocolChecker::is_message(const Payload& payload) {
  return payload.get_data_ptr() == nullptr && payload.get_data_length() == 0;
}

void ProtocolChecker::check_request(const Payload& payload) {
  for (const auto& present : required_)
    if (!present(payload)) report(payload, "a request lacks an extension");
  if (is_message(payload)) return;
  if (payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE)
    report(payload, "the response status of a request is not TLM_INCOMPLETE_RESPONSE");
  if (payload.is_dmi_allowed()) report(payload, "the DMI hint of a request is set");
  if (payload.is_read() || payload.is_write()) {
    if (payload.get_data_ptr() == nullptr) report(payload, "there is no data pointer");
    if (payload.get_data_length() == 0) report(payload, "the data length is 0");
    if (payload.get_streaming_width() == 0) report(payload, "the streaming width is 0");
  }
}

void ProtocolChecker::check_response(const Payload& payload, const Attributes& attributes) {
  if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE)
    report(payload, "the response status of a response is still TLM_INCOMPLETE_RESPONSE");
  if (!(Attributes(payload) == attributes))
    report(payload, "attributes at the response differ from those of the request");
  for (const auto& present : required_)
    if (!present(payload)) report(payload, "a response lacks an extension");
}

void ProtocolChecker::check_time(const Payload& payload, const sc_core::sc_time& delay) {
  InFlight& transaction = *in_flight_.at(&payload);
  const sc_core::sc_time now = sc_core::sc_time_stamp() + delay;
  if (now < transaction.last) report(payload, "a phase is earlier than the one before it");
  transaction.last = std::max(transaction.last, now);
}

ProtocolChecker::InFlight* ProtocolChecker::find(const Payload& payload, const char* phase) {
  const auto found = in_flight_.find(&payload);
  if (found != in_flight_.end()) return found->second.get();
  report(payload, std::string(phase) + " of a transaction that is not in flight");
  return nullptr;
}

void ProtocolChecker::report(const Payload& payload, const std::string& breach) {
  ++breaches_;
  std::ostringstream text;
  text << name() << ": " << breach << " (address 0x" << std::hex << payload.get_address() << " at "
       << sc_core::sc_time_stamp() << ')';
  SC_REPORT_ERROR(kMessageType, text.str().c_str());
}

void CheckedConnections::connect(InitiatorSocket& initiator, AnyTargetSocket& target) {
  const std::string name = "checker_" + std::to_string(checkers_.size());
  checkers_.push_back(std::make_unique<ProtocolChecker>(name.c_str()));
  initiator.bind(checkers_.back()->upstream);
  checkers_.back()->downstream.bind(target);
}

size_t CheckedConnections::in_flight() const {
  size_t sum = 0;
  for (const auto& checker : checkers_) sum += checker->in_flight();
  return sum;
}

}  // namespace nestwalk
