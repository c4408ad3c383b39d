// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/mmu/storage_bits.h"
#include "sim/config/config.h"

namespace nestwalk {

/// Storage of the translation hardware of a configuration, all cores, in bits (doc/mmu.md).
StorageBits area_of(const Config& config);

}  // namespace nestwalk
