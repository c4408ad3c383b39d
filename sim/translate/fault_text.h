// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "model/walker/page_walk.h"

namespace nestwalk {

/// One line for a person: the fault, its code as the architecture gives it, and what it means.
/// `walk` is at its end and has faulted.
std::string describe_fault(const PageWalk& walk);

}  // namespace nestwalk
