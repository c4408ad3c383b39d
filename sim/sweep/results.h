// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/sweep/database.h"
#include "sim/sweep/points.h"
#include "sim/sweep/reuse.h"

namespace nestwalk {

/// How one point ended.
struct PointOutcome {
  nlohmann::ordered_json result;  ///< As `run --json`, without `host`; null if it failed.
  std::string reason;             ///< Why it failed.
  std::string host;               ///< Name of the machine that ran it.
  double seconds = 0;             ///< Wall time.
  double cpu_seconds = 0;
  int64_t peak_memory = 0;  ///< Bytes resident at most, the shared stream included.
};

/// The stored result of a point. Throws InputError, naming both, if it is damaged.
nlohmann::json read_stored(const Database& database, int64_t point, const std::string& json);

/// `mode = native, seed = 1`: what tells a point from the others, from a row whose columns from
/// `first` on are its axes. Numbers have all their digits.
std::string point_name(const Database::Statement& row, int first,
                       const std::vector<std::string>& axes);

/// A point by its number, which is its place among all points of the sweep.
struct NumberedPoint {
  int64_t number;
  Point point;
};

/// The point of fewest cycles; of several such the first one.
struct BestPoint {
  int64_t number;
  uint64_t cycles;
};

/// How far a sweep is.
struct Tally {
  int64_t done = 0;
  int64_t failed = 0;
  int64_t pending = 0;
  int64_t total() const { return done + failed + pending; }
};

/// The results of a sweep: a database with one row a point (doc/sweeps.md). The table `sweep` holds
/// what was swept.
class Results {
 public:
  /// Makes a database with all points pending, or, if it is interrupted, leaves what was there.
  /// `shard`: its place may be a network's, without shared memory; else it is kept in WAL mode.
  static void create(const std::string& path, const Specification& specification,
                     const std::vector<NumberedPoint>& points, bool shard = false);

  /// Whether there is a database with points. Throws InputError if something else is there.
  static bool has_points(const std::string& path);

  /// Removes a database that nobody has open.
  static void remove(const std::string& path);

  /// Opens one to go on. Throws InputError if it is of another specification or build, or if
  /// another process is writing to it.
  Results(const std::string& path, const Specification& specification);
  ~Results();
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;

  /// Numbers of the points that are not finished, ascending.
  std::vector<int64_t> pending();
  Tally tally();
  std::optional<BestPoint> best();  ///< Of those that are done.

  /// Stores how a point ended, in one transaction.
  void record(int64_t number, const PointOutcome& outcome);

  /// Makes failed points pending.
  void forget_failures();

  /// Takes over the points of an earlier sweep that are still pending here, in one transaction.
  /// Returns how many.
  int64_t take_over(const Reuse& reuse);

  /// Takes over the finished points of a shard, in one transaction.
  void merge(const std::string& shard);

  /// In the process of a worker: lets go of the lock, which is the parent's.
  void release_lock_in_child();

 private:
  Database::Statement prepare_update();
  void lock();

  const Specification& specification_;
  Database database_;
  std::vector<std::string> columns_;
  Database::Statement update_;
  int lock_ = -1;
};

/// The scalars of a result by column: `walks.count` is `walk_count`, `l2_tlb.misses` is
/// `l2_tlb_misses`.
std::map<std::string, Value> scalars(const nlohmann::ordered_json& result);

}  // namespace nestwalk
