// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/support/temporary_directory.h"

namespace nestwalk {

/// What one run of the program gave.
struct Outcome {
  int code = -1;  ///< Exit code; -1 if a signal ended it.
  std::string out;
  std::string err;
};

/// Runs the built program with arguments as a shell takes them, in a folder.
inline Outcome run_program(const std::string& arguments, const std::string& input = {},
                           const std::string& folder = ".") {
  const TemporaryDirectory directory;
  const std::string in = directory.write("in", input);
  const std::string command = "cd '" + folder + "' && " + std::string(NESTWALK_PROGRAM) + " " +
                              arguments + " <" + in + " >" + directory.path("out") + " 2>" +
                              directory.path("err");
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, directory.read("out"),
          directory.read("err")};
}

}  // namespace nestwalk
