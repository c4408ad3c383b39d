// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "sim/stream/reference.h"

namespace nestwalk {

inline constexpr int kControlOperations = static_cast<int>(ControlOperation::kRetire) + 1;

/// That of a control element. Throws InputError if it has none that is known: a trace may come from
/// a later version.
ControlOperation operation_of(const Reference& element);
/// Name of the operation in text traces: `invlpg`.
std::string_view to_string(ControlOperation operation);
/// nullopt for a name that is none.
std::optional<ControlOperation> parse_control_operation(std::string_view text);
/// Whether the operation has an operand.
bool has_operand(ControlOperation operation);
/// Whether it only drops what TLBs and caches of tables hold: registers stay as they are.
bool is_invalidation(ControlOperation operation);
/// Whether an element changes a register or a filter. An operation of a later version counts as
/// such: who runs it complains.
bool is_register_write(const Reference& element);
/// What stays of an element that is skipped: a register write, without its instructions.
std::optional<Reference> left_of_skipped(const Reference& element);

}  // namespace nestwalk
