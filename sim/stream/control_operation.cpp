// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/control_operation.h"

#include <array>
#include <string>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

constexpr std::array<std::string_view, kControlOperations> kNames{
    "cr3",
    "invlpg",
    "invpcid-address",
    "invpcid-single",
    "invpcid-all-global",
    "invpcid-all",
    "vpid",
    "eptp",
    "invvpid-address",
    "invvpid-single",
    "invvpid-single-keep-global",
    "invvpid-all",
    "invept-single",
    "invept-all",
    "guest-segment-base",
    "guest-segment-offset",
    "guest-segment-limit",
    "vmm-segment-base",
    "vmm-segment-offset",
    "vmm-segment-limit",
    "guest-filter-insert",
    "guest-filter-clear",
    "vmm-filter-insert",
    "vmm-filter-clear",
    "retire",
};

}  // namespace

ControlOperation operation_of(const Reference& element) {
  if (element.size >= kControlOperations)
    throw InputError("the stream has an unknown control operation, number " +
                     std::to_string(element.size));
  return static_cast<ControlOperation>(element.size);
}

std::string_view to_string(ControlOperation operation) {
  return kNames[static_cast<size_t>(operation)];
}

std::optional<ControlOperation> parse_control_operation(std::string_view text) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<ControlOperation>(i);
  }
  return std::nullopt;
}

bool has_operand(ControlOperation operation) {
  switch (operation) {
    case ControlOperation::kInvpcidAllGlobal:
    case ControlOperation::kInvpcidAll:
    case ControlOperation::kInvvpidAll:
    case ControlOperation::kInveptAll:
    case ControlOperation::kGuestFilterClear:
    case ControlOperation::kVmmFilterClear:
    case ControlOperation::kRetire:
      return false;
    default:
      return true;
  }
}

bool is_invalidation(ControlOperation operation) {
  switch (operation) {
    case ControlOperation::kInvlpg:
    case ControlOperation::kInvpcidAddress:
    case ControlOperation::kInvpcidSingle:
    case ControlOperation::kInvpcidAllGlobal:
    case ControlOperation::kInvpcidAll:
    case ControlOperation::kInvvpidAddress:
    case ControlOperation::kInvvpidSingle:
    case ControlOperation::kInvvpidSingleKeepGlobal:
    case ControlOperation::kInvvpidAll:
    case ControlOperation::kInveptSingle:
    case ControlOperation::kInveptAll:
      return true;
    default:
      return false;
  }
}

bool is_register_write(const Reference& element) {
  const auto operation = static_cast<ControlOperation>(element.size);
  return element.kind == ReferenceKind::kControl && !is_invalidation(operation) &&
         operation != ControlOperation::kRetire;
}

std::optional<Reference> left_of_skipped(const Reference& element) {
  if (!is_register_write(element)) return std::nullopt;
  Reference left = element;
  left.instructions = 0;
  return left;
}

}  // namespace nestwalk
