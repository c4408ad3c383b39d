// SPDX-License-Identifier: Apache-2.0
#include "sim/io/destination.h"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

namespace nestwalk {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  ///< As the kernel follows.

}  // namespace

fs::path destination(const std::string& path) {
  std::error_code ignored;
  fs::path target = path;
  // weakly_canonical does not follow a link that leads to nothing yet.
  for (int i = 0; i < kMostLinks && !fs::exists(target, ignored); ++i) {
    const fs::path next = fs::read_symlink(target, ignored);
    if (next.empty()) break;
    target = target.parent_path() / next;
  }
  const fs::path canonical = fs::weakly_canonical(target, ignored);
  return canonical.empty() ? target : canonical;
}

std::string aside_of(const fs::path& target) {
  return fmt::format("{}.{}.part", target.string(), ::getpid());
}

}  // namespace nestwalk
