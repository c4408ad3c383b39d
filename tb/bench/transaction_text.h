// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tb/bench/reference_model.h"
#include "tb/bench/transaction.h"

namespace nestwalk::bench {

// For people: what a complaint shows.
std::string text(const Request& request);
std::string text(const Answer& answer);
/// What does not matter is shown as "any".
std::string text(const ReferenceModel::Expected& expected);
/// A line a level.
std::string text(const ReferenceModel::Registers& registers);

}  // namespace nestwalk::bench
