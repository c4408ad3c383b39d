// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <tlm>

namespace nestwalk {

/// The bytes an access touches from its address on: those of its streaming width alone, if it
/// streams (IEEE 1666, streaming width; 0: not said).
inline unsigned touched_bytes(const tlm::tlm_generic_payload& payload) {
  const unsigned width = payload.get_streaming_width();
  const unsigned length = payload.get_data_length();
  return width == 0 ? length : std::min(length, width);
}

/// Whether two accesses have to be done in the order they came in, as the base protocol asks of an
/// interconnect: they touch a byte in common, and one of them writes it. TLM_IGNORE_COMMAND moves
/// no data.
inline bool must_keep_order(const tlm::tlm_generic_payload& older,
                            const tlm::tlm_generic_payload& younger) {
  if (older.get_command() == tlm::TLM_IGNORE_COMMAND ||
      younger.get_command() == tlm::TLM_IGNORE_COMMAND)
    return false;
  if (!older.is_write() && !younger.is_write()) return false;
  const unsigned older_bytes = touched_bytes(older);
  const unsigned younger_bytes = touched_bytes(younger);
  if (older_bytes == 0 || younger_bytes == 0) return false;
  const sc_dt::uint64 first = older.get_address();
  const sc_dt::uint64 second = younger.get_address();
  return first <= second ? second - first < older_bytes : first - second < younger_bytes;
}

}  // namespace nestwalk
