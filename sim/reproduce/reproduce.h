// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace nestwalk {

/// What `nestwalk reproduce` does.
struct ReproductionSpec {
  std::string what = "all";  ///< One of `reproductions()`.
  double scale = 1;          ///< Length of the runs, 1 being the default's.
  std::string directory;     ///< For results; finished cells are kept there too.
};

/// What can be reproduced, `all` last.
const std::vector<std::string>& reproductions();

/// Runs it, with progress on standard error, and writes CSV, SVG and a Markdown page. Returns the
/// page's path. Throws InputError; std::runtime_error if it was interrupted or a run failed.
std::string reproduce(const ReproductionSpec& spec);

}  // namespace nestwalk
