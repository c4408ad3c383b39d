// SPDX-License-Identifier: Apache-2.0
#include "tb/sequences/sequence.h"

#include <utility>

#include "tb/sequences/sequences.h"

namespace nestwalk::bench {
namespace {

using Maker = std::unique_ptr<Sequence> (*)(const Parameters&, uint64_t, uint64_t);

const std::vector<std::pair<std::string, Maker>>& makers() {
  static const std::vector<std::pair<std::string, Maker>> all{{"random", make_random_sequence},
                                                              {"crosses", make_crosses_sequence},
                                                              {"corners", make_corners_sequence},
                                                              {"errors", make_errors_sequence}};
  return all;
}

}  // namespace

std::vector<std::string> sequence_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : makers()) names.push_back(name);
  return names;
}

std::unique_ptr<Sequence> make_sequence(const std::string& name, const Parameters& parameters,
                                        uint64_t seed, uint64_t length) {
  for (const auto& [known, maker] : makers())
    if (known == name) return maker(parameters, seed, length);
  return nullptr;
}

}  // namespace nestwalk::bench
