// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

#include "model/paging/x86_entry.h"
#include "model/walker/plain_walk.h"
#include "sim/translate/page_image.h"
#include "sim/translate/translate.h"
#include "sim/translate/vector_case.h"

namespace nestwalk {
namespace {

// Bits newly set in each table word, by its address.
using SetBits = std::map<uint64_t, uint64_t>;

std::string result_line(uint64_t number, const PageWalk& walk) {
  const Fault& fault = walk.fault();
  switch (fault.kind) {
    case FaultKind::kNone:
      return fmt::format(R"({{"i": {}, "r": "ok", "hpa": "{:#x}"}})", number,
                         walk.translation().address.value());
    case FaultKind::kNotCanonical:
      return fmt::format(R"({{"i": {}, "r": "gp", "code": "{:#x}"}})", number, fault.code);
    case FaultKind::kGuestPage:
      return fmt::format(R"({{"i": {}, "r": "pf", "code": "{:#x}", "cr2": "{:#x}"}})", number,
                         fault.code, fault.virtual_address.value());
    default:
      return fmt::format(R"({{"i": {}, "r": "npf", "info1": "{:#x}", "info2": "{:#x}"}})", number,
                         fault.code, fault.physical_address.value());
  }
}

std::string accessed_dirty_line(uint64_t number, const SetBits& words) {
  std::string list;
  for (const auto& [address, bits] : words) {
    const NptEntry entry(bits);
    list += fmt::format(R"({}["{:#x}", "{}{}"])", list.empty() ? "" : ", ", address,
                        entry.accessed() ? "A" : "", entry.dirty() ? "D" : "");
  }
  return fmt::format(R"({{"i": {}, "ad": [{}]}})", number, list);
}

}  // namespace

void translate_vectors(const std::string& directory, bool accessed_dirty, std::ostream& out) {
  const VectorCase vectors = read_vector_case(directory + "/case.json");
  PageImage memory(directory + "/case.bin");
  for (const VectorQuery& query : vectors.queries) {
    SetBits changed;
    const PageWalk walk = walk_plain(
        vectors.contexts[query.context], query.address, query.access,
        [&](HostPhysical address) { return memory.read(address); },
        [&](HostPhysical address, uint64_t bits) {
          memory.set_bits(address, bits);
          changed[address.value()] |= bits;
        });
    out << (accessed_dirty ? accessed_dirty_line(query.number, changed)
                           : result_line(query.number, walk))
        << '\n';
    if (!vectors.cumulative) memory.restore();
  }
}

}  // namespace nestwalk
