// SPDX-License-Identifier: Apache-2.0
#include "sim/processor/control.h"

#include <string>

#include "sim/config/input_error.h"
#include "sim/stream/control_operation.h"

namespace nestwalk {
namespace {

constexpr uint64_t kKeepBit = uint64_t{1} << 63;
constexpr uint64_t kMaxVpid = 0xffff;

Pcid pcid(uint64_t operand) {
  return static_cast<Pcid>(operand & kMaxPcid);
}

Vpid vpid(uint64_t operand) {
  if (operand > kMaxVpid)
    throw InputError("VM entry with VPID " + std::to_string(operand) + "; a VM has 1 to " +
                     std::to_string(kMaxVpid));
  return static_cast<Vpid>(operand);
}

template <class Segment, class From>
Segment segment(uint64_t base, uint64_t limit, uint64_t offset, const char* level) {
  try {
    return Segment(From(base), From(limit), offset);
  } catch (const std::invalid_argument& error) {
    throw InputError(std::string(level) + " segment write in the stream: " + error.what());
  }
}

}  // namespace

Cycles Control::apply(const Reference& reference) {
  const ControlOperation operation = operation_of(reference);
  if (is_invalidation(operation)) {
    for_each_mmu([&](Mmu& mmu) { invalidate(mmu, operation, reference.address); });
    return latency_.invalidation;
  }
  write_registers(operation, reference.address);
  return latency_.register_write;
}

void Control::write_registers(ControlOperation operation, uint64_t operand) {
  switch (operation) {
    case ControlOperation::kCr3: {
      const TranslationContext& context = software_.switch_process(operand & ~kKeepBit);
      for_each_mmu([&](Mmu& mmu) {
        mmu.load_process(context.guest, context.pcid, context.guest_segment, context.guest_filter,
                         (operand & kKeepBit) != 0);
      });
      break;
    }
    case ControlOperation::kVpid: {
      const auto& context = software_.switch_vm(vpid(operand));
      for_each_mmu([&](Mmu& mmu) { mmu.load_vm(context); });
      break;
    }
    case ControlOperation::kEptp: {
      const auto& context = software_.set_nested_root(operand);
      for_each_mmu([&](Mmu& mmu) { mmu.load_nested_root(context.nested.root); });
      break;
    }
    case ControlOperation::kGuestSegmentBase:
      guest_.base = operand;
      break;
    case ControlOperation::kGuestSegmentOffset:
      guest_.offset = operand;
      break;
    case ControlOperation::kGuestSegmentLimit: {
      const auto& context = software_.set_guest_segment(
          segment<GuestSegment, GuestVirtual>(guest_.base, operand, guest_.offset, "guest"));
      for_each_mmu([&](Mmu& mmu) { mmu.write_guest_segment(context.guest_segment); });
      break;
    }
    case ControlOperation::kVmmSegmentBase:
      vmm_.base = operand;
      break;
    case ControlOperation::kVmmSegmentOffset:
      vmm_.offset = operand;
      break;
    case ControlOperation::kVmmSegmentLimit: {
      const auto& context = software_.set_vmm_segment(
          segment<VmmSegment, GuestPhysical>(vmm_.base, operand, vmm_.offset, "VMM"));
      for_each_mmu([&](Mmu& mmu) { mmu.write_vmm_segment(context.vmm_segment); });
      break;
    }
    case ControlOperation::kGuestFilterInsert:
    case ControlOperation::kGuestFilterClear: {
      const auto& context = operation == ControlOperation::kGuestFilterInsert
                                ? software_.insert_guest_escape(operand)
                                : software_.clear_guest_escapes();
      for_each_mmu([&](Mmu& mmu) { mmu.write_guest_filter(context.guest_filter); });
      break;
    }
    default: {  // kVmmFilterInsert, kVmmFilterClear
      const auto& context = operation == ControlOperation::kVmmFilterInsert
                                ? software_.insert_vmm_escape(operand)
                                : software_.clear_vmm_escapes();
      for_each_mmu([&](Mmu& mmu) { mmu.write_vmm_filter(context.vmm_filter); });
      break;
    }
  }
}

void Control::invalidate(Mmu& mmu, ControlOperation operation, uint64_t operand) {
  const GuestVirtual page = GuestVirtual(operand).align_down(PageSize::k4K);
  switch (operation) {
    case ControlOperation::kInvlpg:
      mmu.invlpg(GuestVirtual(operand));
      break;
    case ControlOperation::kInvpcidAddress:
      mmu.invpcid_address(page, pcid(operand));
      break;
    case ControlOperation::kInvpcidSingle:
      mmu.invpcid_single(pcid(operand));
      break;
    case ControlOperation::kInvpcidAllGlobal:
      mmu.invpcid_all_with_globals();
      break;
    case ControlOperation::kInvpcidAll:
      mmu.invpcid_all();
      break;
    case ControlOperation::kInvvpidAddress:
      mmu.invvpid_address(GuestVirtual(operand >> 16 << 12), static_cast<Vpid>(operand & 0xffff));
      break;
    case ControlOperation::kInvvpidSingle:
      mmu.invvpid_single(static_cast<Vpid>(operand));
      break;
    case ControlOperation::kInvvpidSingleKeepGlobal:
      mmu.invvpid_single_keep_globals(static_cast<Vpid>(operand));
      break;
    case ControlOperation::kInvvpidAll:
      mmu.invvpid_all();
      break;
    case ControlOperation::kInveptSingle:
      mmu.invept_single(software_.nested_root(operand));
      break;
    default:
      mmu.invept_all();
      break;
  }
}

void Control::write_guest_segment(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.write_guest_segment(context.guest_segment); });
}
void Control::write_guest_filter(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.write_guest_filter(context.guest_filter); });
}
void Control::write_vmm_segment(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.write_vmm_segment(context.vmm_segment); });
}
void Control::write_vmm_filter(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.write_vmm_filter(context.vmm_filter); });
}
void Control::write_nested_root(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.load_nested_root(context.nested.root); });
}
void Control::invalidate_page(GuestVirtual page, Pcid pcid) {
  for_each_mmu([&](Mmu& mmu) { mmu.invpcid_address(page, pcid); });
}
void Control::invalidate_vm(Vpid vpid) {
  for_each_mmu([&](Mmu& mmu) { mmu.invvpid_single(vpid); });
}
void Control::invalidate_nested(HostPhysical root) {
  for_each_mmu([&](Mmu& mmu) { mmu.invept_single(root); });
}

}  // namespace nestwalk
