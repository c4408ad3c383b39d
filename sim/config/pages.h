// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/address/page_size.h"
#include "sim/config/mode.h"

namespace nestwalk {

/// Page sizes that the guest OS (natively: the OS) maps with.
enum class GuestPages : uint8_t {
  k4K,
  k2M,
  k1G,
  kThp,  ///< Transparent huge pages: 2M where an aligned 2M of a region can be, else 4K.
};

/// Page sizes of a run: `2M` natively, guest+nested `THP+2M` in a VM.
struct Pages {
  GuestPages guest = GuestPages::k4K;
  std::optional<PageSize> nested = PageSize::k4K;

  /// What a run in `mode` uses: a native mode takes the guest half of a pair. Throws InputError in
  /// a virtualized mode without a nested size, which no rule would choose for the user.
  Pages in(Mode mode) const;

  friend bool operator==(const Pages& a, const Pages& b) {
    return a.guest == b.guest && a.nested == b.nested;
  }
};

std::string to_string(const Pages& pages);
/// Throws InputError with the words there are.
Pages parse_pages(std::string_view text);

}  // namespace nestwalk
