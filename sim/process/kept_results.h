// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/process/build_key.h"

namespace nestwalk {

/// Results of simulations, kept in a file as they finish, a line of JSON each, so that work goes on
/// where it was interrupted, or killed.
class KeptResults {
 public:
  using Json = nlohmann::ordered_json;

  /// Reads `file` if there is one; `build`: what results are kept under. Throws InputError where
  /// the file is of another kind or cannot be read.
  explicit KeptResults(std::string file, std::string build = build_key());

  /// The result of that name, if it came of the same parameters and build; else nullptr.
  const Json* find(const std::string& name, const Json& parameters) const;
  /// Whether there is one of that name, whatever it came of.
  bool has(const std::string& name) const { return kept_.count(name) != 0; }

  /// Adds a result to the file, in place of one of its name. Throws std::runtime_error.
  void keep(const std::string& name, const Json& parameters, const Json& result);

  const std::string& file() const { return file_; }

 private:
  struct Kept {
    std::string build;
    Json parameters;
    Json result;
  };

  std::string file_;
  std::string build_;
  bool cut_off_ = false;  ///< Its last line: the program was killed while it wrote.
  std::map<std::string, Kept> kept_;
};

}  // namespace nestwalk
