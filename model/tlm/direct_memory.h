// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <tlm>

#include "model/address/address.h"
#include "model/tlm/at_ports.h"

namespace nestwalk {

/// What lies behind an initiator socket, read and written beside the timing: through a DMI grant if
/// there is one, else by debug transport. For modules that know when, not what.
class DirectMemory {
 public:
  explicit DirectMemory(InitiatorSocket& socket) : socket_(&socket) {}

  /// Moves `length` bytes; false if nothing answers at the address.
  bool read(HostPhysical address, void* data, unsigned length) {
    if (const uint8_t* memory = granted(address, length)) {
      if (length == sizeof(uint64_t))  // a table entry: one load
        std::memcpy(data, memory, sizeof(uint64_t));
      else
        std::memcpy(data, memory, length);
      return true;
    }
    return debug(tlm::TLM_READ_COMMAND, address, data, length);
  }
  bool write(HostPhysical address, void* data, unsigned length) {
    if (uint8_t* memory = granted(address, length)) {
      std::memcpy(memory, data, length);
      return true;
    }
    return debug(tlm::TLM_WRITE_COMMAND, address, data, length);
  }

  /// A table entry: an aligned 8-byte word, 0 if nothing answers.
  uint64_t read_word(HostPhysical address) {
    uint64_t word = 0;
    return read(address, &word, sizeof word) ? word : 0;
  }
  /// False if that is not possible.
  bool set_bits(HostPhysical address, uint64_t bits) {
    uint64_t word = read_word(address) | bits;
    return write(address, &word, sizeof word);
  }

  /// From invalidate_direct_mem_ptr of the owner.
  void invalidate() { known_ = false; }

 private:
  uint8_t* granted(HostPhysical address, unsigned length) {
    if (!is_known(address)) request(address);
    if (!granted_ || !is_known(address) || length - 1 > dmi_.get_end_address() - address.value())
      return nullptr;
    return dmi_.get_dmi_ptr() + (address.value() - dmi_.get_start_address());
  }

  /// A grant and a refusal speak of the range that comes with them.
  bool is_known(HostPhysical address) const {
    return known_ && address.value() >= dmi_.get_start_address() &&
           address.value() <= dmi_.get_end_address();
  }

  void request(HostPhysical address) {
    tlm::tlm_generic_payload payload;
    payload.set_read();
    payload.set_address(address.value());
    dmi_.init();
    granted_ = (*socket_)->get_direct_mem_ptr(payload, dmi_) && dmi_.is_read_write_allowed();
    known_ = true;
  }

  bool debug(tlm::tlm_command command, HostPhysical address, void* data, unsigned length) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address.value());
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(length);
    return (*socket_)->transport_dbg(payload) == length;
  }

  InitiatorSocket* socket_;
  tlm::tlm_dmi dmi_;
  bool known_ = false;
  bool granted_ = false;
};

}  // namespace nestwalk
