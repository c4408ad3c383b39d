// SPDX-License-Identifier: Apache-2.0
#include "sim/report/status_line.h"

#include <unistd.h>

#include <cstdio>

namespace nestwalk {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(250);
constexpr const char* kErase = "\r\033[K";

}  // namespace

StatusLine::StatusLine(bool quiet)
    : on_terminal_(!quiet && isatty(STDERR_FILENO) != 0),
      began_(Clock::now()),
      next_(began_ + kInterval) {}

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
  std::fputs((kErase + text).c_str(), stderr);
  std::fflush(stderr);
}

double StatusLine::seconds() const {
  return std::chrono::duration<double>(Clock::now() - began_).count();
}

}  // namespace nestwalk
