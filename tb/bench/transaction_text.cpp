// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/transaction_text.h"

#include <fmt/format.h>

namespace nestwalk::bench {
namespace {

/// The levels whose bit is set.
std::string levels(uint32_t bits) {
  static constexpr const char* names[] = {"none", "guest", "vmm", "both"};
  return names[bits & 3];
}

std::string verdict(const Answer& answer) {
  return fmt::format("maps {}, inside {}, escaped {}", answer.maps ? "yes" : "no",
                     levels(answer.inside), levels(answer.escaped));
}

std::string text(const std::optional<uint64_t>& value) {
  return value ? fmt::format("{:#x}", *value) : "unknown";
}

}  // namespace

std::string text(const Request& request) {
  std::string name = kOpNames[op_number(request.op)];
  if (request.op >= Op::kReserved) name += fmt::format(" {}", static_cast<int>(request.op));
  // A completion asks both.
  if (request.op != Op::kComplete)
    name += fmt::format(" {}", kLevelNames[static_cast<size_t>(request.level)]);
  if (request.op == Op::kSave || request.op == Op::kRestore)
    name += fmt::format(" word {}", request.word);
  return fmt::format("{} {:#x}, id {}", name, request.operand, request.id);
}

std::string text(const Answer& answer) {
  return fmt::format("id {}, {}, page {:#x}", answer.id, verdict(answer), answer.page);
}

std::string text(const ReferenceModel::Expected& expected) {
  const Answer& answer = expected.answer;
  return fmt::format("id {}, {}, page {}", answer.id,
                     expected.verdict_known ? verdict(answer) : "any verdict",
                     expected.page_known ? fmt::format("{:#x}", answer.page) : "any");
}

std::string text(const ReferenceModel::Registers& registers) {
  std::string lines;
  for (size_t level = 0; level < registers.size(); ++level) {
    const ReferenceLevel::Registers& of = registers[level];
    lines += fmt::format("{}  {} {}: BASE {}, LIMIT {}, OFFSET {}", level == 0 ? "" : "\n",
                         kLevelNames[level], of.enabled ? "on" : "off", text(of.base),
                         text(of.limit), text(of.offset));
  }
  return lines;
}

}  // namespace nestwalk::bench
