// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm>

namespace nestwalk {

/// What a memory of this library answers to an access that asks for more than it does: it moves all
/// bytes, to consecutive addresses. TLM_OK_RESPONSE: the access asks for nothing else.
inline tlm::tlm_response_status refusal(const tlm::tlm_generic_payload& payload) {
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_OK_RESPONSE;
  if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  const unsigned width = payload.get_streaming_width();  // 0: not said
  if (width != 0 && width < payload.get_data_length()) return tlm::TLM_BURST_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

/// Moves data by `move()`, false from it: no memory answers there, unless the access is refused;
/// sets the response status.
template <class Move>
void move_unless_refused(tlm::tlm_generic_payload& payload, Move move) {
  tlm::tlm_response_status status = refusal(payload);
  if (status == tlm::TLM_OK_RESPONSE && !move()) status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  payload.set_response_status(status);
}

}  // namespace nestwalk
