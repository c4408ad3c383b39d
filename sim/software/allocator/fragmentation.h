// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/config/software_config.h"
#include "sim/software/allocator/buddy_allocator.h"

namespace nestwalk {

/// Takes frames of `run`, all of them free, out of `memory`, so that runs in use and free runs
/// alternate; both have lengths of a geometric distribution, by the seed, with means of at least
/// one frame: runs in use are longer than asked for where free ones would be shorter. Exactly
/// floor(used x count) frames are taken. Immovable ones are added to `immovable`.
void fragment(BuddyAllocator& memory, const FrameRun& run, const FragmentationConfig& config,
              uint64_t seed, FrameSet& immovable);

}  // namespace nestwalk
