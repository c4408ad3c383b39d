// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <systemc>

namespace nestwalk::bench {

/// The wires between bench and design.
struct Pins {
  sc_core::sc_signal<bool> rst_ni{"rst_ni"};

  sc_core::sc_signal<bool> request_valid{"request_valid"};
  sc_core::sc_signal<bool> request_ready{"request_ready"};
  sc_core::sc_signal<uint32_t> request_id{"request_id"};
  sc_core::sc_signal<uint32_t> request_op{"request_op"};
  sc_core::sc_signal<bool> request_level{"request_level"};
  sc_core::sc_signal<uint32_t> request_word{"request_word"};
  sc_core::sc_signal<uint64_t> request_operand{"request_operand"};

  sc_core::sc_signal<bool> response_valid{"response_valid"};
  sc_core::sc_signal<bool> response_ready{"response_ready"};
  sc_core::sc_signal<uint32_t> response_id{"response_id"};
  sc_core::sc_signal<bool> response_maps{"response_maps"};
  sc_core::sc_signal<uint32_t> response_inside{"response_inside"};
  sc_core::sc_signal<uint32_t> response_escaped{"response_escaped"};
  sc_core::sc_signal<uint64_t> response_page{"response_page"};
};

}  // namespace nestwalk::bench
