// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "model/random/unit_fraction.h"
#include "sim/config/keys.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

/// Values for some of the axes, by their places, that go together.
struct Block {
  std::vector<size_t> axes;
  std::vector<Point> rows;
};

Block block_of(const Axis& axis, size_t place) {
  Block block{{place}, {}};
  for (const Value& value : axis.values) block.rows.push_back({value});
  return block;
}

Block sampled_block(const Specification& specification) {
  const Sample& sample = *specification.sample;
  Block block;
  for (size_t i = 0; i < specification.axes.size(); ++i)
    if (std::count(sample.axes.begin(), sample.axes.end(), specification.axes[i].key) != 0)
      block.axes.push_back(i);
  for (const auto& shares : latin_hypercube(sample.points, block.axes.size(), sample.seed)) {
    Point row;
    for (size_t i = 0; i < shares.size(); ++i)
      row.push_back(specification.axes[block.axes[i]].at(shares[i]));
    block.rows.push_back(std::move(row));
  }
  return block;
}

/// One block an axis; the sampled axes are one, where the first of them stands.
std::vector<Block> blocks(const Specification& specification) {
  std::vector<Block> blocks;
  Block sampled;
  if (specification.sample) sampled = sampled_block(specification);
  for (size_t i = 0; i < specification.axes.size(); ++i) {
    const bool is_sampled = std::count(sampled.axes.begin(), sampled.axes.end(), i) != 0;
    if (!is_sampled)
      blocks.push_back(block_of(specification.axes[i], i));
    else if (i == sampled.axes.front())
      blocks.push_back(sampled);
  }
  return blocks;
}

void require_countable(const std::vector<Block>& blocks, const std::vector<Axis>& axes) {
  size_t points = 1;
  for (const Block& block : blocks) {
    if (block.rows.size() > kMostPoints / points) {
      const Axis& axis = axes[block.axes.front()];
      throw InputError(axis.origin,
                       fmt::format("{}: with this axis the sweep has more than {} points, before "
                                   "constraints; give fewer values, or [sample]",
                                   axis.key, kMostPoints));
    }
    points *= block.rows.size();
  }
}

bool holds(const Specification& specification, const Point& point) {
  if (specification.constraints.empty()) return true;
  const Config config = specification.unchecked_config(point);
  const auto value_of = [&config](const std::string& key) { return find_key(key)->get(config); };
  return std::all_of(specification.constraints.begin(), specification.constraints.end(),
                     [&](const Constraint& constraint) { return constraint.holds(value_of); });
}

/// Counts through the blocks like an odometer, the last one fastest.
class Odometer {
 public:
  explicit Odometer(const std::vector<Block>& blocks) : blocks_(blocks), at_(blocks.size()) {}

  void read(Point& point) const {
    for (size_t b = 0; b < blocks_.size(); ++b)
      for (size_t i = 0; i < blocks_[b].axes.size(); ++i)
        point[blocks_[b].axes[i]] = blocks_[b].rows[at_[b]][i];
  }

  bool step() {
    for (size_t b = blocks_.size(); b-- > 0;) {
      if (++at_[b] < blocks_[b].rows.size()) return true;
      at_[b] = 0;
    }
    return false;
  }

 private:
  const std::vector<Block>& blocks_;
  std::vector<size_t> at_;
};

constexpr double kBelowOne = 1 - 0x1p-53;

}  // namespace

std::vector<std::vector<double>> latin_hypercube(size_t points, size_t dimensions, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<std::vector<double>> rows(points, std::vector<double>(dimensions));
  std::vector<size_t> order(points);
  for (size_t d = 0; d < dimensions; ++d) {
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = points; i > 1; --i)
      std::swap(order[i - 1],
                order[static_cast<size_t>(unit_fraction(engine()) * static_cast<double>(i))]);
    for (size_t i = 0; i < points; ++i)
      rows[i][d] = std::min(
          (static_cast<double>(order[i]) + unit_fraction(engine())) / static_cast<double>(points),
          kBelowOne);
  }
  return rows;
}

PointSet enumerate(const Specification& specification) {
  const std::vector<Block> parts = blocks(specification);
  require_countable(parts, specification.axes);
  PointSet set;
  std::set<Point> seen;  // a sample of few values may draw one twice
  Point point(specification.axes.size());
  Odometer odometer(parts);
  do {
    odometer.read(point);
    if (specification.sample && !seen.insert(point).second) continue;
    if (holds(specification, point))
      set.points.push_back(point);
    else
      ++set.excluded;
  } while (odometer.step());
  if (set.points.empty()) throw InputError("no point of the sweep holds all constraints");
  return set;
}

}  // namespace nestwalk
