// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/address/address.h"
#include "model/address/space_id.h"
#include "model/context/translation_context.h"

namespace nestwalk {

/// What the software side does to the MMUs, between two references. Each call reaches the MMUs of
/// all cores (spec 2.5).
class MmuPort {
 public:
  virtual ~MmuPort() = default;
  MmuPort(const MmuPort&) = delete;
  MmuPort& operator=(const MmuPort&) = delete;

  /// Writes of registers of what runs, with what they drop. The new values are in the context.
  virtual void write_guest_segment(const TranslationContext& context) = 0;
  virtual void write_guest_filter(const TranslationContext& context) = 0;
  virtual void write_vmm_segment(const TranslationContext& context) = 0;
  virtual void write_vmm_filter(const TranslationContext& context) = 0;
  virtual void write_nested_root(const TranslationContext& context) = 0;

  /// INVPCID, one address of a process of the running VM.
  virtual void invalidate_page(GuestVirtual page, Pcid pcid) = 0;
  /// INVVPID, a whole VM.
  virtual void invalidate_vm(Vpid vpid) = 0;
  /// INVEPT, one nested map.
  virtual void invalidate_nested(HostPhysical root) = 0;

 protected:
  MmuPort() = default;
};

}  // namespace nestwalk
