// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/report/run_result.h"

namespace nestwalk {

/// The machine of the preset closed-form, with the stream, mode and paging of `config`. No page is
/// bad there: what escapes a segment has no closed form.
Config closed_form_config(const Config& config);

/// How a run under that configuration breaks the closed forms: walk cycles are exactly 100 x table
/// reads + checks, and reads and checks those of spec 2.3 for the classes of its walks. Empty: not.
std::string closed_form_breach(const RunResult& result);

}  // namespace nestwalk
