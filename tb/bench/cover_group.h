// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nestwalk::bench {

/// Named bins that count: one axis is a cover point, several are their cross. Bins that cannot
/// occur are ruled out beforehand and are no part of the plan.
class CoverGroup {
 public:
  struct Axis {
    std::string name;
    std::vector<std::string> bins;
  };
  using Choice = std::vector<size_t>;  ///< A bin of each axis.

  /// A bin is covered once it was hit `goal` times.
  CoverGroup(std::string name, std::vector<Axis> axes, uint64_t goal = 1);

  /// Rules out the bins for which it holds.
  void ignore(const std::function<bool(const Choice&)>& impossible);

  void sample(const Choice& choice) { ++hits_[index(choice)]; }

  const std::string& name() const { return name_; }
  /// `{"goal": n, "bins": {"axis bin.axis bin": hits, ...}}`, without those ruled out; a bin that
  /// was ruled out and hit is listed under "impossible".
  nlohmann::ordered_json to_json() const;

 private:
  size_t index(const Choice& choice) const;
  Choice choice(size_t index) const;
  std::string bin_name(size_t index) const;

  std::string name_;
  std::vector<Axis> axes_;
  uint64_t goal_;
  std::vector<uint64_t> hits_;
  std::vector<bool> ignored_;
};

}  // namespace nestwalk::bench
