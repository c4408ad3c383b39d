// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace nestwalk {

/// The parts of the report page, as they were when the program was built.
enum class PageAsset { kHtml, kStyle, kScript, kPlotLibrary };

/// Empty for a plotting library that was missing then.
std::string_view page_asset(PageAsset asset);

}  // namespace nestwalk
