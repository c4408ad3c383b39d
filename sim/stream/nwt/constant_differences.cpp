// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/nwt/constant_differences.h"

#include <algorithm>

namespace nestwalk::nwt {
namespace {

constexpr size_t kSampleEvery = 32;
/// Occurrences in the sample that make a difference a candidate, and votes that keep it.
constexpr uint32_t kLeastCount = 3;
constexpr uint32_t kLeastVotes = 2;
/// A near one must be that much more frequent.
constexpr uint32_t kFarWeight = 5;
constexpr uint32_t kNearWeight = 4;

bool fits(int64_t difference) {
  return difference == static_cast<int32_t>(difference);
}

}  // namespace

ConstantDifferences::ConstantDifferences()
    : sketch_(size_t{1} << kSketchBits),
      candidates_(14),
      filter_((size_t{1} << kFilterBits) / 64),
      chosen_(size_t{1} << kChosenBits) {}

void ConstantDifferences::choose(const uint64_t* addresses, size_t count) {
  // Steps of changing length, so that no loop of the program hides from the sample.
  sample_.clear();
  uint32_t random = 1;
  for (size_t i = 0; i < count; i += 1 + (random >> 16) % (2 * kSampleEvery - 1)) {
    sample_.push_back(static_cast<uint32_t>(i));
    random = random * 1664525 + 1013904223;
  }
  count_sample(addresses);
  vote(addresses);
  keep_winners();
}

void ConstantDifferences::count_sample(const uint64_t* addresses) {
  std::fill(sketch_.begin(), sketch_.end(), uint16_t{0});
  for (const uint32_t i : sample_) {
    const uint64_t* const at = addresses + i;
    for (int distance = 1; distance <= kWindow; ++distance) {
      const auto difference = static_cast<int64_t>(*at - at[-distance]);
      if (!fits(difference)) continue;
      ++sketch_[hash_bits(pair_key(distance, static_cast<int32_t>(difference)), kSketchBits)];
    }
  }
}

void ConstantDifferences::vote(const uint64_t* addresses) {
  candidates_.clear();
  candidate_votes_.clear();
  for (const uint32_t i : sample_) {
    const uint64_t* const at = addresses + i;
    uint32_t best = 0;
    uint64_t best_key = 0;
    for (int distance = 1; distance <= kWindow; ++distance) {
      const auto difference = static_cast<int64_t>(*at - at[-distance]);
      if (!fits(difference)) continue;
      const uint64_t key = pair_key(distance, static_cast<int32_t>(difference));
      const uint32_t count = sketch_[hash_bits(key, kSketchBits)];
      const uint32_t weight = count * (distance <= kNear ? kNearWeight : kFarWeight);
      if (count >= kLeastCount && weight > best) {
        best = weight;
        best_key = key;
      }
    }
    if (best == 0) continue;
    const uint32_t candidate = candidates_.number(best_key);
    if (candidate == candidate_votes_.size()) candidate_votes_.push_back(0);
    ++candidate_votes_[candidate];
  }
}

void ConstantDifferences::keep_winners() {
  std::fill(filter_.begin(), filter_.end(), uint64_t{0});
  std::fill(chosen_.begin(), chosen_.end(), Chosen{});
  size_t kept = 0;
  for (size_t i = 0; i < candidate_votes_.size() && kept < chosen_.size() / 2; ++i) {
    if (candidate_votes_[i] < kLeastVotes) continue;
    const uint64_t key = candidates_.keys()[i];
    const uint64_t bit = hash_bits(key, kFilterBits);
    filter_[bit / 64] |= uint64_t{1} << (bit % 64);
    size_t position = hash_bits(key, kChosenBits);
    while (chosen_[position].votes != 0) position = (position + 1) % chosen_.size();
    chosen_[position] = {key, candidate_votes_[i]};
    ++kept;
  }
}

uint32_t ConstantDifferences::chosen_votes(uint64_t key) const {
  size_t position = hash_bits(key, kChosenBits);
  while (chosen_[position].votes != 0) {
    if (chosen_[position].key == key) return chosen_[position].votes;
    position = (position + 1) % chosen_.size();
  }
  return 0;
}

}  // namespace nestwalk::nwt
