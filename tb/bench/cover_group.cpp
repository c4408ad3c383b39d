// SPDX-License-Identifier: Apache-2.0
#include "tb/bench/cover_group.h"

#include <utility>

namespace nestwalk::bench {

CoverGroup::CoverGroup(std::string name, std::vector<Axis> axes, uint64_t goal)
    : name_(std::move(name)), axes_(std::move(axes)), goal_(goal) {
  size_t bins = 1;
  for (const Axis& axis : axes_) bins *= axis.bins.size();
  hits_.assign(bins, 0);
  ignored_.assign(bins, false);
}

void CoverGroup::ignore(const std::function<bool(const Choice&)>& impossible) {
  for (size_t i = 0; i < hits_.size(); ++i)
    if (impossible(choice(i))) ignored_[i] = true;
}

size_t CoverGroup::index(const Choice& choice) const {
  size_t index = 0;
  for (size_t i = 0; i < axes_.size(); ++i) index = index * axes_[i].bins.size() + choice[i];
  return index;
}

CoverGroup::Choice CoverGroup::choice(size_t index) const {
  Choice choice(axes_.size());
  for (size_t i = axes_.size(); i-- > 0;) {
    choice[i] = index % axes_[i].bins.size();
    index /= axes_[i].bins.size();
  }
  return choice;
}

std::string CoverGroup::bin_name(size_t index) const {
  const Choice bins = choice(index);
  std::string name;
  for (size_t i = 0; i < axes_.size(); ++i) name += (i == 0 ? "" : ".") + axes_[i].bins[bins[i]];
  return name;
}

nlohmann::ordered_json CoverGroup::to_json() const {
  nlohmann::ordered_json bins = nlohmann::ordered_json::object();
  nlohmann::ordered_json impossible = nlohmann::ordered_json::object();
  for (size_t i = 0; i < hits_.size(); ++i) {
    if (!ignored_[i])
      bins[bin_name(i)] = hits_[i];
    else if (hits_[i] != 0)
      impossible[bin_name(i)] = hits_[i];
  }
  return {{"goal", goal_}, {"bins", bins}, {"impossible", impossible}};
}

}  // namespace nestwalk::bench
