// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "tb/sequences/sequence.h"

namespace nestwalk::bench {

std::unique_ptr<Sequence> make_random_sequence(const Parameters& parameters, uint64_t seed,
                                               uint64_t length);
std::unique_ptr<Sequence> make_crosses_sequence(const Parameters& parameters, uint64_t seed,
                                                uint64_t length);
std::unique_ptr<Sequence> make_corners_sequence(const Parameters& parameters, uint64_t seed,
                                                uint64_t length);
std::unique_ptr<Sequence> make_errors_sequence(const Parameters& parameters, uint64_t seed,
                                               uint64_t length);

}  // namespace nestwalk::bench
