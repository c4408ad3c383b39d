// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace nestwalk {

/// What tells this program from others: its version and a hash of its bytes. Results of two builds
/// may differ though their versions do not.
std::string build_key();

}  // namespace nestwalk
