// SPDX-License-Identifier: Apache-2.0
#include "sim/processor/control.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/stream/control_operation.h"

namespace nestwalk {
namespace {

constexpr uint64_t kKeepBit = uint64_t{1} << 63;
constexpr uint64_t kMaxVpid = 0xffff;

/// Whether the operation says what its core runs.
bool is_load_of_context(ControlOperation operation) {
  return operation == ControlOperation::kCr3 || operation == ControlOperation::kVpid ||
         operation == ControlOperation::kEptp;
}

Pcid pcid(uint64_t operand) {
  return static_cast<Pcid>(operand & kMaxPcid);
}

/// An operand that is a PCID and nothing else.
uint64_t sole_pcid(uint64_t operand) {
  if (operand > kMaxPcid)
    throw InputError("INVPCID of PCID " + std::to_string(operand) + "; there are 0 to " +
                     std::to_string(kMaxPcid));
  return operand;
}

Vpid vpid(uint64_t operand, const char* operation) {
  if (operand > kMaxVpid)
    throw InputError(std::string(operation) + " VPID " + std::to_string(operand) +
                     "; a VM has 1 to " + std::to_string(kMaxVpid));
  return static_cast<Vpid>(operand);
}

InputError refused(const char* level, const std::string& why) {
  return InputError(std::string(level) + " segment write in the stream: " + why);
}

/// A value of BASE or OFFSET.
uint64_t aligned(uint64_t operand, const char* level) {
  if ((operand & mask(PageSize::k4K)) != 0)
    throw refused(level, "segment registers must be 4 KiB aligned, not " + format_address(operand));
  return operand;
}

/// The registers after a write of LIMIT; `latch` held what was written before, and is empty then.
template <class From, class To, class Latch>
SegmentRegisters<From, To> segment(const SegmentRegisters<From, To>& before, Latch& latch,
                                   uint64_t limit, const char* level) {
  const Latch written = std::exchange(latch, {});
  const From base(written.base.value_or(before.base().value()));
  try {
    return {base, From(limit), written.offset.value_or(before.offset())};
  } catch (const std::invalid_argument& error) {
    throw refused(level, std::string(error.what()) + ": BASE " + format_address(base.value()) +
                             ", LIMIT " + format_address(limit));
  }
}

}  // namespace

Cycles Control::apply(const Reference& reference, size_t core) {
  const ControlOperation operation = operation_of(reference);
  if (operation == ControlOperation::kRetire) return 0;
  software_.select(core);
  if (is_invalidation(operation)) {
    invalidate(operation, reference.address, core);
    changed();
    return latency_.invalidation;
  }
  if (is_load_of_context(operation))
    load_context(operation, reference.address, core);
  else
    write_registers(operation, reference.address, core);
  changed();
  return latency_.register_write;
}

void Control::require_loadable(ControlOperation operation) const {
  const std::string name(to_string(operation));
  if (mmus_.size() > 1 && !software_.tells_cores_apart())
    throw InputError(name,
                     "the stream loads it on one of several cores, which all run the same with "
                     "software.model managed: take the loads out of the stream, or set core.count "
                     "= 1 or software.model = \"fixed\"");
  const bool is_given =
      (operation == ControlOperation::kVpid && own_context_ != OwnContext::kLoaded) ||
      (operation == ControlOperation::kCr3 && own_context_ == OwnContext::kProcess);
  if (is_given)
    throw InputError(name,
                     "a stream loads it, but where streams run beside each other each has been "
                     "given its own: take the loads out of the stream");
}

void Control::load_context(ControlOperation operation, uint64_t operand, size_t core) {
  require_loadable(operation);
  Mmu& mmu = *mmus_[core];
  Latches& latches = latches_[core];
  switch (operation) {
    case ControlOperation::kCr3: {
      const auto& context = software_.switch_process((operand & ~kKeepBit) >> 12, pcid(operand));
      mmu.load_process(context.guest, context.pcid, context.guest_segment, context.guest_filter,
                       (operand & kKeepBit) != 0);
      latches.guest = {};
      break;
    }
    case ControlOperation::kVpid:
      mmu.load_vm(software_.switch_vm(vpid(operand, "VM entry with")));
      latches = {};
      break;
    case ControlOperation::kEptp:
      mmu.load_nested_root(software_.set_nested_root(operand).nested.root);
      break;
    default:
      throw std::logic_error("no load of a context");
  }
}

void Control::write_registers(ControlOperation operation, uint64_t operand, size_t core) {
  Latches& latches = latches_[core];
  const auto load_guest_filter = [](Mmu& mmu, const TranslationContext& context) {
    mmu.write_guest_filter(context.guest_filter);
  };
  const auto load_vmm_filter = [](Mmu& mmu, const TranslationContext& context) {
    mmu.write_vmm_filter(context.vmm_filter);
  };
  switch (operation) {
    case ControlOperation::kGuestSegmentBase:
      latches.guest.base = aligned(operand, "guest");
      break;
    case ControlOperation::kGuestSegmentOffset:
      latches.guest.offset = aligned(operand, "guest");
      break;
    case ControlOperation::kGuestSegmentLimit:
      software_.set_guest_segment(
          segment(software_.context().guest_segment, latches.guest, operand, "guest"));
      write_process(core, [](Mmu& mmu, const TranslationContext& context) {
        mmu.write_guest_segment(context.guest_segment);
      });
      break;
    case ControlOperation::kVmmSegmentBase:
      latches.vmm.base = aligned(operand, "VMM");
      break;
    case ControlOperation::kVmmSegmentOffset:
      latches.vmm.offset = aligned(operand, "VMM");
      break;
    case ControlOperation::kVmmSegmentLimit:
      software_.set_vmm_segment(
          segment(software_.context().vmm_segment, latches.vmm, operand, "VMM"));
      write_vm(core, [](Mmu& mmu, const TranslationContext& context) {
        mmu.write_vmm_segment(context.vmm_segment);
      });
      break;
    case ControlOperation::kGuestFilterInsert:
      software_.insert_guest_escape(operand);
      write_process(core, load_guest_filter);
      break;
    case ControlOperation::kGuestFilterClear:
      software_.clear_guest_escapes();
      write_process(core, load_guest_filter);
      break;
    case ControlOperation::kVmmFilterInsert:
      software_.insert_vmm_escape(operand);
      write_vm(core, load_vmm_filter);
      break;
    case ControlOperation::kVmmFilterClear:
      software_.clear_vmm_escapes();
      write_vm(core, load_vmm_filter);
      break;
    default:
      throw std::logic_error("no write of a register");
  }
}

/// A register or filter of the process that runs on `core` has a new value.
template <class Write>
void Control::write_process(size_t core, Write write) {
  const GuestPhysical root = software_.context().guest.root;
  const Vpid vpid = software_.context().vpid;
  write_where(
      core,
      [=](const TranslationContext& other) {
        return other.vpid == vpid && other.guest.root == root;
      },
      write);
  // The write drops what the PCID in use has. A stream with a context of its own is on one core.
  if (!software_.has_other_pcids()) return;
  for_each_mmu([&](Mmu& mmu) {
    if (own_context_ == OwnContext::kLoaded || &mmu == mmus_[core]) mmu.invvpid_single(vpid);
  });
}

/// The same of the VM that runs there.
template <class Write>
void Control::write_vm(size_t core, Write write) {
  const Vpid vpid = software_.context().vpid;
  write_where(
      core, [=](const TranslationContext& other) { return other.vpid == vpid; }, write);
}

template <class IsConcerned, class Write>
void Control::write_where(size_t core, IsConcerned is_concerned, Write write) {
  const Vpid vpid = software_.context().vpid;
  for (size_t other = 0; other < mmus_.size(); ++other) {
    const TranslationContext& context = software_.select(other);
    if (is_concerned(context))
      write(*mmus_[other], context);
    else if (own_context_ == OwnContext::kLoaded)
      mmus_[other]->invvpid_single(vpid);  // it may have run there before, under any PCID
  }
  software_.select(core);
}

/// A stream that was given its context names it as it would be alone: VM 1, PCID 0. No other runs.
Vpid Control::named_vpid(uint64_t operand, Vpid given) const {
  const Vpid named = vpid(operand, "INVVPID of");
  if (own_context_ != OwnContext::kVm) return named;
  return named == Vpid{1} ? given : Vpid{0};
}

Pcid Control::named_pcid(uint64_t operand, Pcid given) const {
  if (own_context_ != OwnContext::kProcess) return pcid(operand);
  return pcid(operand) == Pcid{0} ? given : static_cast<Pcid>(kMaxPcid);
}

void Control::invalidate(ControlOperation operation, uint64_t operand, size_t core) {
  // What an operation leaves to the registers is taken from the core whose operation it is.
  const Vpid vpid = mmus_[core]->context().vpid;
  const Pcid running = mmus_[core]->context().pcid;
  const GuestVirtual page = GuestVirtual(operand).align_down(PageSize::k4K);
  for_each_mmu([&](Mmu& mmu) {
    if (own_context_ != OwnContext::kLoaded && &mmu != mmus_[core]) return;  // nothing of it there
    const bool same_vm = mmu.context().vpid == vpid;
    switch (operation) {
      case ControlOperation::kInvlpg:
        // Elsewhere the process may have run under another PCID.
        if (&mmu == mmus_[core] ||
            (same_vm && mmu.context().pcid == running && !software_.has_other_pcids()))
          mmu.invlpg(GuestVirtual(operand));
        else
          mmu.invvpid_address(GuestVirtual(operand), vpid);
        break;
      case ControlOperation::kInvpcidAddress:
        if (same_vm)
          mmu.invpcid_address(page, named_pcid(operand, running));
        else
          mmu.invvpid_address(page, vpid);
        break;
      case ControlOperation::kInvpcidSingle:
        if (same_vm)
          mmu.invpcid_single(named_pcid(sole_pcid(operand), running));
        else
          mmu.invvpid_single_keep_globals(vpid);
        break;
      case ControlOperation::kInvpcidAllGlobal:
        mmu.invvpid_single(vpid);
        break;
      case ControlOperation::kInvpcidAll:
        mmu.invvpid_single_keep_globals(vpid);
        break;
      case ControlOperation::kInvvpidAddress:
        mmu.invvpid_address(GuestVirtual(operand >> 16 << 12), named_vpid(operand & 0xffff, vpid));
        break;
      case ControlOperation::kInvvpidSingle:
        mmu.invvpid_single(named_vpid(operand, vpid));
        break;
      case ControlOperation::kInvvpidSingleKeepGlobal:
        mmu.invvpid_single_keep_globals(named_vpid(operand, vpid));
        break;
      case ControlOperation::kInvvpidAll:
        mmu.invvpid_all();
        break;
      case ControlOperation::kInveptSingle:
        if (const auto root = software_.nested_root(operand)) mmu.invept_single(*root);
        break;
      case ControlOperation::kInveptAll:
        mmu.invept_all();
        break;
      default:
        throw std::logic_error("no invalidation");
    }
  });
}

void Control::write_guest_segment(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.write_guest_segment(context.guest_segment); });
  changed();
}
void Control::write_guest_filter(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.write_guest_filter(context.guest_filter); });
  changed();
}
void Control::write_vmm_segment(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.write_vmm_segment(context.vmm_segment); });
  changed();
}
void Control::write_vmm_filter(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.write_vmm_filter(context.vmm_filter); });
  changed();
}
void Control::write_nested_root(const TranslationContext& context) {
  for_each_mmu([&](Mmu& mmu) { mmu.load_nested_root(context.nested.root); });
  changed();
}
void Control::invalidate_page(GuestVirtual page, Pcid pcid) {
  for_each_mmu([&](Mmu& mmu) { mmu.invpcid_address(page, pcid); });
  changed();
}
void Control::invalidate_vm(Vpid vpid) {
  for_each_mmu([&](Mmu& mmu) { mmu.invvpid_single(vpid); });
  changed();
}
void Control::invalidate_nested(HostPhysical root) {
  for_each_mmu([&](Mmu& mmu) { mmu.invept_single(root); });
  changed();
}

}  // namespace nestwalk
