// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/results.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <thread>

#include "sim/config/json_file.h"
#include "sim/io/destination.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"
#include "sim/process/build_key.h"
#include "sim/report/result_counts.h"
#include "sim/report/run_result.h"
#include "sim/sweep/sweep_record.h"

namespace nestwalk {
namespace {

namespace fs = std::filesystem;

/// Far behind any byte of the database, so that SQLite's own locks are elsewhere.
constexpr off_t kLockByte = off_t{1} << 61;
constexpr auto kLockPatience = std::chrono::seconds(3);  ///< A killed sweep's last worker ends.

const std::vector<std::string> kOwnColumns{"reason",      "version",     "host", "seconds",
                                           "cpu_seconds", "peak_memory", "json"};

void flatten(const nlohmann::ordered_json& json, const std::string& prefix,
             std::map<std::string, Value>& into) {
  for (const auto& [name, member] : json.items()) {
    const std::string key = name == "walks" ? "walk" : name;
    const std::string column = prefix + key;
    if (member.is_object())
      flatten(member, column + "_", into);
    else if (member.is_number_float())
      into[column] = member.get<double>();
    else if (member.is_number())
      into[column] = member.get<int64_t>();
    else if (member.is_string())
      into[column] = member.get<std::string>();
    else if (member.is_null())
      into[column] = Value();
  }
}

/// What a point's row holds beside its axes and status: the scalars of any result, less those that
/// are axes, and the sweep's own.
std::vector<std::string> result_columns(const Specification& specification) {
  RunResult all;
  all.fetch = FetchCounts{};
  all.software = SoftwareReport{};
  std::vector<std::string> columns;
  for (const auto& [name, value] : scalars(to_json(all))) {
    const bool is_axis =
        std::any_of(specification.axes.begin(), specification.axes.end(),
                    [&column = name](const Axis& axis) { return axis.key == column; });
    if (!is_axis) columns.push_back(name);
  }
  columns.insert(columns.end(), kOwnColumns.begin(), kOwnColumns.end());
  return columns;
}

std::string schema(const Specification& specification) {
  std::string columns;
  for (const Axis& axis : specification.axes) columns += Database::quote(axis.key) + ", ";
  columns += "status TEXT NOT NULL";
  for (const std::string& column : result_columns(specification))
    columns += ", " + Database::quote(column);
  return "CREATE TABLE results (point INTEGER PRIMARY KEY, " + columns +
         ", config GENERATED ALWAYS AS (json_extract(json, '$.config')) VIRTUAL);"
         "CREATE TABLE sweep (identity TEXT NOT NULL, version TEXT NOT NULL);";
}

std::string update_statement(const std::vector<std::string>& columns) {
  std::string sql = "UPDATE results SET status = ?";
  for (const std::string& column : columns) sql += ", " + Database::quote(column) + " = ?";
  return sql + " WHERE point = ? AND status = 'pending'";
}

void insert(Database& database, const Specification& specification,
            const std::vector<NumberedPoint>& points) {
  std::string sql = "INSERT INTO results (status, point";
  for (const Axis& axis : specification.axes) sql += ", " + Database::quote(axis.key);
  sql += ") VALUES ('pending', ?";
  for (size_t i = 0; i < specification.axes.size(); ++i) sql += ", ?";
  Database::Statement row = database.prepare(sql + ")");
  for (const NumberedPoint& pending : points) {
    row.bind(0, pending.number);
    for (size_t i = 0; i < pending.point.size(); ++i)
      row.bind(static_cast<int>(i) + 1, pending.point[i]);
    row.run();
  }
}

/// The first part in which two identities differ, for a person.
std::string difference(const nlohmann::json& was, const nlohmann::json& is) {
  const nlohmann::json change = nlohmann::json::diff(was, is).at(0);
  nlohmann::json::json_pointer path(change.at("path").get<std::string>());
  const std::string before = was.contains(path) ? was.at(path).dump() : "nothing";
  const std::string after = change.contains("value") ? change.at("value").dump() : "nothing";
  if (path.back() == "-")  // behind the last of a list
    path = path.parent_pointer() / was.at(path.parent_pointer()).size();
  std::string place;
  for (; !path.empty(); path = path.parent_pointer())
    place = path.back() + (place.empty() ? "" : "/" + place);
  return fmt::format("{} was {} and is {}", place, before, after);
}

void require_same(Database& database, const Specification& specification) {
  const SweepRecord was = read_record(database);
  const nlohmann::json is = specification.identity();
  if (was.identity != is)
    throw InputError(database.path(),
                     "is of another specification: " + difference(was.identity, is) +
                         "; write to another file, or give back what it was");
  require_same_build(database, was, "write to another file");
}

void fill(Database& database, const Specification& specification,
          const std::vector<NumberedPoint>& points) {
  Transaction transaction(database);
  database.execute(schema(specification));
  insert(database, specification, points);
  database.prepare("INSERT INTO sweep VALUES (?, ?)")
      .bind(0, std::string_view(specification.identity().dump()))
      .bind(1, std::string_view(build_key()))
      .run();
  transaction.commit();
}

/// What SQLite keeps beside a database. A log that is left would be taken for a new one's.
void remove_companions(const std::string& path) {
  for (const char* suffix : {"-wal", "-shm", "-journal"}) fs::remove(path + suffix);
}

/// Held by one sweep at a time that puts a database into a folder, where the file system has locks.
class FolderLock {
 public:
  explicit FolderLock(const std::string& file)
      : folder_(
            open(fs::absolute(file).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (folder_ >= 0) flock(folder_, LOCK_EX);
  }
  ~FolderLock() {
    if (folder_ >= 0) close(folder_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int folder_;
};

}  // namespace

nlohmann::json read_stored(const Database& database, int64_t point, const std::string& json) {
  try {
    auto result = parse_json(json, database.path());
    read_counts(result);
    return result;
  } catch (const InputError&) {
    throw InputError(database.path(), fmt::format("point {}: its result is damaged", point));
  }
}

std::string point_name(const Database::Statement& row, int first,
                       const std::vector<std::string>& axes) {
  std::string name;
  for (const std::string& axis : axes) {
    const Value value = row.value(first);
    const double* const real = std::get_if<double>(&value);  // SQLite's own text has 15 digits
    name += fmt::format("{}{} = {}", name.empty() ? "" : ", ", axis,
                        real != nullptr ? fmt::format("{}", *real) : row.text(first));
    ++first;
  }
  return name;
}

std::map<std::string, Value> scalars(const nlohmann::ordered_json& result) {
  nlohmann::ordered_json counts = result;
  for (const char* no_scalars : {"nestwalk", "config", "host"}) counts.erase(no_scalars);
  if (counts.contains("walks")) counts["walks"].erase("references_by_level");
  std::map<std::string, Value> flat;
  flatten(counts, "", flat);
  return flat;
}

void Results::create(const std::string& path, const Specification& specification,
                     const std::vector<NumberedPoint>& points, bool shard) {
  const std::string target = destination(path);
  const std::string aside = fmt::format("{}.{}", target, getpid());
  // Not in the file, as whatever ends this would leave it half made.
  Database database = Database::in_memory();
  fill(database, specification, points);
  write_file_atomically(aside, database.bytes());
  try {
    // Two sweeps that begin one database at a time must not both believe that it is theirs, nor may
    // the second one take away what SQLite keeps beside the first one's.
    const FolderLock alone(target);
    if (!shard && Database::is_one(target) && has_points(target))
      throw InputError(target, "another sweep has begun it meanwhile");
    remove_companions(target);
    fs::rename(aside, target);
  } catch (...) {
    fs::remove(aside);
    throw;
  }
  if (!shard) Database(path, Database::Access::kWrite).execute("PRAGMA journal_mode = WAL");
}

bool Results::has_points(const std::string& path) {
  Database::require_file(path);
  std::error_code ignored;
  if (!fs::exists(path, ignored) || fs::is_empty(path, ignored)) return false;
  Database database(path, Database::Access::kWrite);  // there may be something to recover
  if (database.is_empty()) return false;
  read_record(database);
  Database::Statement query = database.prepare("SELECT count(*) FROM results");
  query.step();
  return query.integer(0) != 0;
}

void Results::remove(const std::string& path) {
  const std::string target = destination(path);
  fs::remove(target);
  remove_companions(target);
}

Results::Results(const std::string& path, const Specification& specification)
    : specification_(specification),
      database_(path, Database::Access::kWrite),
      columns_(result_columns(specification)),
      update_(prepare_update()) {
  database_.execute("PRAGMA synchronous = NORMAL");
  lock();
}

Database::Statement Results::prepare_update() {
  require_same(database_, specification_);
  if (!database_.has_columns("results", columns_))
    throw InputError(database_.path(), "is damaged: a column of its results is missing");
  return database_.prepare(update_statement(columns_));
}

Results::~Results() {
  if (lock_ >= 0) close(lock_);
}

/// An open-file-description lock: it ends with this process, however that ends.
void Results::lock() {
  lock_ = open(database_.path().c_str(), O_RDWR | O_CLOEXEC);
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = kLockByte;
  range.l_len = 1;
  const auto until = std::chrono::steady_clock::now() + kLockPatience;
  while (fcntl(lock_, F_OFD_SETLK, &range) != 0) {
    if (errno != EAGAIN && errno != EACCES) return;  // a file system without locks
    if (std::chrono::steady_clock::now() > until)
      throw InputError(database_.path(), "another sweep is writing to it");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Results::release_lock_in_child() {
  close(lock_);
}

std::vector<int64_t> Results::pending() {
  Database::Statement query =
      database_.prepare("SELECT point FROM results WHERE status = 'pending' ORDER BY point");
  std::vector<int64_t> numbers;
  while (query.step()) numbers.push_back(query.integer(0));
  return numbers;
}

Tally Results::tally() {
  Tally tally;
  Database::Statement query =
      database_.prepare("SELECT status, count(*) FROM results GROUP BY status");
  while (query.step()) {
    const std::string status = query.text(0);
    if (status != "done" && status != "failed" && status != "pending")
      throw InputError(database_.path(), "is damaged: a point's status is \"" + status + '"');
    (status == "done"     ? tally.done
     : status == "failed" ? tally.failed
                          : tally.pending) = query.integer(1);
  }
  return tally;
}

std::optional<BestPoint> Results::best() {
  Database::Statement query = database_.prepare(
      "SELECT point, cycles FROM results WHERE status = 'done' ORDER BY cycles, point LIMIT 1");
  if (!query.step()) return std::nullopt;
  return BestPoint{query.integer(0), static_cast<uint64_t>(query.integer(1))};
}

void Results::record(int64_t number, const PointOutcome& outcome) {
  const bool failed = outcome.result.is_null();
  std::map<std::string, Value> values;
  if (!failed) {
    values = scalars(outcome.result);
    values["json"] = outcome.result.dump();
  } else {
    values["reason"] = outcome.reason;
  }
  values["version"] = build_key();
  values["host"] = outcome.host;
  values["seconds"] = outcome.seconds;
  values["cpu_seconds"] = outcome.cpu_seconds;
  values["peak_memory"] = outcome.peak_memory;
  int parameter = 0;
  update_.bind(parameter++, std::string_view(failed ? "failed" : "done"));
  for (const std::string& column : columns_) update_.bind(parameter++, values[column]);
  update_.bind(parameter, number);
  update_.run();
}

void Results::forget_failures() {
  database_.execute("UPDATE results SET status = 'pending', reason = NULL WHERE status = 'failed'");
}

int64_t Results::take_over(const Reuse& reuse) {
  Database earlier(reuse.path, Database::Access::kRead);
  const std::vector<int64_t> numbers = pending();
  const std::set<int64_t> wanted(numbers.begin(), numbers.end());
  int64_t taken = 0;
  Transaction transaction(database_);
  Database::Statement row = earlier.prepare(
      "SELECT point, json, host, seconds, cpu_seconds, peak_memory FROM results "
      "WHERE status = 'done'");
  while (row.step()) {
    const auto place = reuse.places.find(row.integer(0));
    if (place == reuse.places.end() || wanted.count(place->second) == 0) continue;
    const auto real = [&row](int column) {
      const Value value = row.value(column);
      const double* const number = std::get_if<double>(&value);
      return number != nullptr ? *number : static_cast<double>(row.integer(column));
    };
    record(place->second, {nlohmann::ordered_json::parse(row.text(1)),
                           {},
                           row.text(2),
                           real(3),
                           real(4),
                           row.integer(5)});
    ++taken;
  }
  transaction.commit();
  return taken;
}

void Results::merge(const std::string& shard) {
  { const Results checked(shard, specification_); }
  database_.prepare("ATTACH ? AS shard").bind(0, std::string_view(shard)).run();
  std::string list = "status";
  for (const std::string& column : columns_) list += ", " + Database::quote(column);
  {
    Transaction transaction(database_);
    database_.execute("UPDATE results SET (" + list + ") = (SELECT " + list +
                      " FROM shard.results AS s WHERE s.point = results.point) WHERE status = "
                      "'pending' AND point IN (SELECT point FROM shard.results WHERE status != "
                      "'pending')");
    transaction.commit();
  }
  database_.execute("DETACH shard");
}

}  // namespace nestwalk
