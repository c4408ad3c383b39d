// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm>

#include "model/timing/memory_level.h"

namespace nestwalk {

/// Rides on a physical access and tells who answered it. May be left out.
class MemoryExtension : public tlm::tlm_extension<MemoryExtension> {
 public:
  static MemoryExtension* get(const tlm::tlm_generic_payload& payload) {
    return payload.get_extension<MemoryExtension>();
  }

  tlm::tlm_extension_base* clone() const override { return new MemoryExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const MemoryExtension&>(other);
  }

  MemoryLevel served_by = MemoryLevel::kMemory;
};

}  // namespace nestwalk
