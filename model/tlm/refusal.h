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

}  // namespace nestwalk
