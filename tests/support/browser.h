// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/support/temporary_directory.h"

namespace nestwalk {

inline bool has_browser() {
  return std::system("command -v chromium >/dev/null") == 0;
}

/// Loads a page of `directory`, gives its scripts so many milliseconds of their time, and returns
/// what they have seen: the page's last text `SEEN{...}END`. Whatever the page says on the console
/// fails the test.
inline nlohmann::json see_in_browser(const TemporaryDirectory& directory, const std::string& page,
                                     int milliseconds) {
  const std::string profile = directory.path("profile");
  const std::string command =
      "timeout 60 chromium --headless --no-sandbox --disable-gpu --allow-file-access-from-files "
      "--enable-logging=stderr --user-data-dir=" +
      profile + " --virtual-time-budget=" + std::to_string(milliseconds) + " --dump-dom file://" +
      directory.path(page) + " >" + directory.path("dom") + " 2>" + directory.path("log");
  // Chromium itself crashes or hangs now and then.
  int status = 1;
  for (int attempt = 0; attempt < 4 && status != 0; ++attempt) {
    std::filesystem::remove_all(profile);
    status = std::system(command.c_str());
  }
  const std::string log = directory.read("log");
  EXPECT_EQ(status, 0) << log;
  EXPECT_EQ(log.find("CONSOLE"), std::string::npos) << log;
  const std::string dom = directory.read("dom");
  const size_t begin = dom.rfind("SEEN{");
  if (begin == std::string::npos) throw std::runtime_error("nothing seen: " + log);
  return nlohmann::json::parse(dom.substr(begin + 4, dom.find("END", begin) - begin - 4));
}

}  // namespace nestwalk
