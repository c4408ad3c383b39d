// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tlm>

#include "model/tlm/at_ports.h"

namespace nestwalk {

/// One of the target sockets of a module that has several. The module has `transport`, `request`
/// (given the port's number), `debug` and `direct` for the four calls of the forward interface.
template <class Owner>
class TargetPort : private tlm::tlm_fw_transport_if<> {
 public:
  using Payload = tlm::tlm_generic_payload;

  TargetPort(const char* name, Owner& owner, size_t number)
      : socket((std::string(name) + '_' + std::to_string(number)).c_str()),
        responses(socket),
        owner_(owner),
        number_(number) {
    socket.bind(*this);
  }

  tlm::tlm_target_socket<64> socket;
  ResponsePort responses;

 private:
  void b_transport(Payload& payload, sc_core::sc_time& delay) override {
    owner_.transport(payload, delay);
  }
  tlm::tlm_sync_enum nb_transport_fw(Payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return owner_.request(number_, payload, phase, delay);
  }
  unsigned transport_dbg(Payload& payload) override { return owner_.debug(payload); }
  bool get_direct_mem_ptr(Payload& payload, tlm::tlm_dmi& dmi) override {
    return owner_.direct(payload, dmi);
  }

  Owner& owner_;
  size_t number_;
};

}  // namespace nestwalk
