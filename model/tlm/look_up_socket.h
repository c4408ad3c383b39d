// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>
#include <tlm>

#include "model/tlm/at_ports.h"

namespace nestwalk {

/// A target socket for look-ups of fixed, uncontended duration, which are asked for in an
/// extension: they are answered within the call, the duration annotated. nb_transport completes at
/// once with the same annotation. May be left unbound.
template <class Owner, class Extension,
          void (Owner::*look_up)(tlm::tlm_generic_payload&, Extension&, sc_core::sc_time&)>
class LookUpSocket : public tlm::tlm_target_socket<64, tlm::tlm_base_protocol_types, 1,
                                                   sc_core::SC_ZERO_OR_MORE_BOUND>,
                     private tlm::tlm_fw_transport_if<> {
 public:
  LookUpSocket(const char* name, Owner& owner)
      : LookUpSocket::tlm_target_socket(name), owner_(owner) {
    bind(*static_cast<tlm::tlm_fw_transport_if<>*>(this));
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override {
    Extension* const request = Extension::get(payload);
    payload.set_response_status(request == nullptr ? tlm::TLM_GENERIC_ERROR_RESPONSE
                                                   : tlm::TLM_OK_RESPONSE);
    if (request != nullptr) (owner_.*look_up)(payload, *request, delay);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    if (is_ignorable(phase)) return tlm::TLM_ACCEPTED;
    if (phase == tlm::BEGIN_REQ) b_transport(payload, delay);
    return tlm::TLM_COMPLETED;
  }
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }

  Owner& owner_;
};

}  // namespace nestwalk
