// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

enum class ReferenceKind : uint8_t {
  kLoad = 0,
  kStore = 1,
  kFetch = 2,    ///< Instruction fetch.
  kControl = 3,  ///< No reference: a change at run time; `size` is its ControlOperation.
};

/// A change of the machine between two references (spec 2.5). The operand is Reference::address.
enum class ControlOperation : uint8_t {
  kCr3 = 0,           ///< MOV CR3: bits 11:0 PCID, 62:12 name of the address space, 63 keep TLBs.
  kInvlpg,            ///< Operand: gVA.
  kInvpcidAddress,    ///< Operand: page of the gVA, PCID in bits 11:0.
  kInvpcidSingle,     ///< Operand: PCID.
  kInvpcidAllGlobal,  ///< All PCIDs, globals too.
  kInvpcidAll,        ///< All PCIDs, globals kept.
  kVpid,              ///< VM entry: the operand's VM runs from here.
  kEptp,              ///< Operand: name of the nested map that the running VM gets.
  kInvvpidAddress,    ///< Operand: gVA page number << 16 | VPID.
  kInvvpidSingle,     ///< Operand: VPID.
  kInvvpidSingleKeepGlobal,
  kInvvpidAll,
  kInveptSingle,  ///< Operand: name of a nested map.
  kInveptAll,
  kGuestSegmentBase,  ///< Latched; the three take effect with the write of LIMIT.
  kGuestSegmentOffset,
  kGuestSegmentLimit,
  kVmmSegmentBase,
  kVmmSegmentOffset,
  kVmmSegmentLimit,
  kGuestFilterInsert,  ///< Operand: page number.
  kGuestFilterClear,
  kVmmFilterInsert,
  kVmmFilterClear,
  kRetire,  ///< Nothing: carries the instructions that follow a trace's last reference.
};

/// One element of an address stream, in program order.
struct Reference {
  uint64_t address = 0;       ///< gVA, or the operand of a control operation.
  uint32_t instructions = 1;  ///< Retired since the reference before, this one's included.
  uint16_t thread = 0;        ///< Dense number of the thread, in order of appearance.
  uint8_t size = 8;           ///< Bytes: 1 to 255. 1 where the format does not know.
  ReferenceKind kind = ReferenceKind::kLoad;
};
static_assert(sizeof(Reference) == 16);

constexpr bool is_data(ReferenceKind kind) {
  return kind <= ReferenceKind::kStore;
}
constexpr bool is_data(const Reference& reference) {
  return is_data(reference.kind);
}

/// Whether a load, store or fetch touches two 4K pages.
constexpr bool crosses_a_page(const Reference& reference) {
  return (reference.address & 0xfff) + reference.size > 0x1000;
}

}  // namespace nestwalk
