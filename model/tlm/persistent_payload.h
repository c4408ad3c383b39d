// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm>

namespace nestwalk {

/// A payload that lives in its owner and is used again and again: acquired and released as the
/// protocol asks, never freed. Extensions attached to it are the owner's too, but for automatic
/// ones, which go with the last release.
class PersistentPayload : public tlm::tlm_generic_payload {
 public:
  PersistentPayload() : tlm::tlm_generic_payload(&keeper()) {}
  ~PersistentPayload() override {
    // The base class would delete extensions that are not its own.
    for (unsigned i = 0; i < tlm::max_num_extensions(); ++i)
      set_extension(i, static_cast<tlm::tlm_extension_base*>(nullptr));
  }

 private:
  class Keeper : public tlm::tlm_mm_interface {
    void free(tlm::tlm_generic_payload* payload) override { payload->reset(); }
  };
  static Keeper& keeper() {
    static Keeper one;
    return one;
  }
};

}  // namespace nestwalk
