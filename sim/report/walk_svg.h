// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sim/report/walk_recorder.h"

namespace nestwalk {

/// One walk as an SVG picture, laid out as `draw_walk` lays out its text: guest levels down, nested
/// levels across. Reads are numbered in order and coloured by what answered them. `title` says what
/// is translated, `total` what all of it cost.
std::string draw_walk_svg(const std::vector<WalkRecorder::Step>& steps, int guest_levels,
                          int nested_levels, const std::string& title, const std::string& total);

}  // namespace nestwalk
