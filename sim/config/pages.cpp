// SPDX-License-Identifier: Apache-2.0
#include "sim/config/pages.h"

#include "sim/config/words.h"
#include "sim/io/input_error.h"

namespace nestwalk {

Pages Pages::in(Mode mode) const {
  if (!is_virtualized(mode)) return {guest, std::nullopt};
  if (nested) return *this;
  const std::string size(to_string(guest));
  throw InputError("a virtualized mode needs guest+nested pages, such as " + size + "+" +
                   (guest == GuestPages::kThp ? "2M" : size) + ", not \"" + size + "\"");
}

std::string to_string(const Pages& pages) {
  std::string text(to_string(pages.guest));
  if (pages.nested) text.append("+").append(to_string(*pages.nested));
  return text;
}

Pages parse_pages(std::string_view text) {
  const size_t plus = text.find('+');
  try {
    Pages pages{parse_word<GuestPages>(text.substr(0, plus)), std::nullopt};
    if (plus != text.npos) pages.nested = parse_word<PageSize>(text.substr(plus + 1));
    return pages;
  } catch (const InputError&) {
    throw InputError(
        "must be 4K, 2M, 1G or THP, in a virtualized mode guest+nested such as 4K+4K or THP+2M, "
        "not "
        "\"" +
        std::string(text) + "\"");
  }
}

}  // namespace nestwalk
