// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "model/memory/physical_memory.h"
#include "model/tlm/stage.h"

namespace nestwalk {

/// Simulated DRAM behind a socket: every access takes the same time, many at once. Grants DMI to
/// all of it. TLM_IGNORE_COMMAND takes its time and moves no data: traces have addresses, not
/// values.
class Memory : public Stage {
 public:
  struct Statistics {
    uint64_t accesses = 0;
  };

  /// `access_time`: from the request's arrival to the answer.
  Memory(const sc_core::sc_module_name& name, PhysicalMemory& contents, size_t ports,
         const sc_core::sc_time& access_time);

  PhysicalMemory& contents() { return contents_; }
  Statistics statistics;

 protected:
  bool look_up(Payload& payload) override;
  void fill(Payload&) override {}
  unsigned debug(Payload& payload) override;
  bool direct(Payload& payload, tlm::tlm_dmi& dmi) override;

 private:
  PhysicalMemory& contents_;
};

}  // namespace nestwalk
