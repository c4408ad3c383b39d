// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "sim/stream/trace.h"

namespace nestwalk {

/// Bytes of content that detect_format() wants to see, fewer if there are no more.
inline constexpr size_t kDetectionBytes = size_t{1} << 16;

/// The format of content that begins like this; nullopt if it is none that is known. ChampSim has
/// no header: its records are known by plausible fields, and where both record lengths are
/// plausible, or neither, by `cloudsuite` or `champsim` in the name.
std::optional<TraceFormat> detect_format(std::string_view content, std::string_view name);

/// Whether content that begins like this holds plausible records of ChampSim, or of CloudSuite.
bool is_champsim(std::string_view content, bool cloudsuite);

}  // namespace nestwalk
