// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nestwalk {

/// Host processors that this process may use; at least 1.
size_t available_processors();

}  // namespace nestwalk
