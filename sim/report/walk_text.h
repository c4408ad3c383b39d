// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sim/report/walk_recorder.h"

namespace nestwalk {

/// What a look-up or check of a walk is called; nullptr for a step that is neither.
const char* look_up_name(PageWalk::Need need);
/// What it found: `hit`, `miss`, `hit without rights or D`; of a check `inside`, `outside`,
/// `escaped`.
const char* describe(PageWalk::Need need, LookUpResult found);

/// Of a drawn walk's row: a guest level, or 0 the data.
std::string row_name(int guest_level);
/// Of its column: a nested level, or 0 the guest entry.
std::string column_name(int nested_level);

/// One walk as people draw it: a row a guest level and one for the data, a column a nested level
/// and one for the guest entry; each cell with the entry's address, the level of cache that it came
/// from and its cycles; beside them what a row's look-ups found and cost before a table was read.
std::string draw_walk(const std::vector<WalkRecorder::Step>& steps, int guest_levels,
                      int nested_levels);

}  // namespace nestwalk
