// SPDX-License-Identifier: Apache-2.0
#include "sim/report/status_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace nestwalk {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(250);
constexpr const char* kErase = "\r\033[K";

/// A terminal that a line can be erased on.
bool is_terminal() {
  const char* const name = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && (name == nullptr || std::string_view(name) != "dumb");
}

/// Columns that a line may have: one that is wrapped is not erased as a whole.
size_t columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - size_t{1} : 79;
}

}  // namespace

StatusLine::StatusLine(bool quiet)
    : on_terminal_(!quiet && is_terminal()), began_(Clock::now()), next_(began_ + kInterval) {}

StatusLine::~StatusLine() {
  clear();
}

void StatusLine::clear() {
  if (!shown_) return;
  shown_ = false;
  std::fputs(kErase, stderr);
  std::fflush(stderr);
}

void StatusLine::show(const std::string& text) {
  if (!on_terminal_) return;
  next_ = Clock::now() + kInterval;
  shown_ = true;
  std::fputs((kErase + text.substr(0, columns())).c_str(), stderr);
  std::fflush(stderr);
}

double StatusLine::seconds() const {
  return std::chrono::duration<double>(Clock::now() - began_).count();
}

}  // namespace nestwalk
