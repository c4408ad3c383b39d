// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/database.h"

#include <fmt/format.h>

#include <cctype>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "sim/io/destination.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyMilliseconds = 10000;  ///< A reader may hold the database for a moment.

struct Binder {
  sqlite3_stmt* statement;
  int place;

  void operator()(std::monostate) const { sqlite3_bind_null(statement, place); }
  void operator()(bool value) const { sqlite3_bind_int(statement, place, value ? 1 : 0); }
  void operator()(int64_t value) const { sqlite3_bind_int64(statement, place, value); }
  void operator()(double value) const { sqlite3_bind_double(statement, place, value); }
  void operator()(const std::string& value) const {
    sqlite3_bind_text(statement, place, value.data(), static_cast<int>(value.size()),
                      SQLITE_TRANSIENT);
  }
  void operator()(const std::vector<Value>& values) const { (*this)(to_toml(Value(values))); }
};

/// A path as a URI that says that nobody writes to the file: SQLite then makes no files beside it,
/// which it would leave behind and for which it may lack the rights.
std::string immutable(const std::string& absolute) {
  std::string uri = "file://";
  for (const char c : absolute) {
    const auto byte = static_cast<unsigned char>(c);
    uri += std::isalnum(byte) != 0 || c == '/' ? std::string(1, c) : fmt::format("%{:02x}", byte);
  }
  return uri + "?immutable=1";
}

/// Whether no process has it open to write and none has left anything to recover.
bool is_at_rest(const std::string& path) {
  const std::string log = path + "-wal";
  std::error_code ignored;
  const bool is_logging = fs::exists(log, ignored) &&
                          (!fs::is_empty(log, ignored) || fs::exists(path + "-shm", ignored));
  return !is_logging && !fs::exists(path + "-journal", ignored);
}

/// Absolute, as SQLite has meanings of its own for "" and ":memory:".
std::string name_for_sqlite(const std::string& path, Database::Access access) {
  Database::require_file(path);
  const std::string name = fs::absolute(destination(path));
  return access == Database::Access::kRead && is_at_rest(name) ? immutable(name) : name;
}

}  // namespace

Database::Database(const std::string& path, Access access)
    : Database(path, access, name_for_sqlite(path, access),
               access == Access::kRead ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                                       : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) {}

Database Database::in_memory() {
  return {"memory", Access::kWrite, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
}

Database::Database(const std::string& path, Access access, const std::string& name, int flags)
    : path_(path), access_(access) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &connection, flags, nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK)
    throw InputError(
        path, std::string("cannot be opened: ") + std::strerror(sqlite3_system_errno(connection)));
  sqlite3_busy_timeout(connection, kBusyMilliseconds);
  switch (sqlite3_exec(connection, "PRAGMA schema_version", nullptr, nullptr, nullptr)) {
    case SQLITE_OK:
      return;
    case SQLITE_NOTADB:
      throw InputError(path, "is no SQLite database");
    case SQLITE_CANTOPEN:
      throw InputError(path,
                       "was left by a sweep that was ended, and to recover it from " + path +
                           "-wal SQLite needs a folder that can be written: copy both to one");
    case SQLITE_READONLY:
      throw InputError(path, "was left in the middle of a write; sweep --resume recovers it");
    default:
      fail();
  }
}

std::string Database::bytes() const {
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, void (*)(void*)> copy(
      sqlite3_serialize(connection_.get(), "main", &size, 0), sqlite3_free);
  if (!copy) throw std::bad_alloc();
  return {reinterpret_cast<const char*>(copy.get()), static_cast<size_t>(size)};
}

void Database::fail() const {
  const int code = sqlite3_errcode(connection_.get());
  const std::string what = sqlite3_errmsg(connection_.get());
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    throw InputError(path_, "is damaged: " + what);
  if (access_ == Access::kRead) throw InputError(path_, "cannot be read: " + what);
  throw std::runtime_error(path_ + ": " + what);
}

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

bool Database::has_columns(const std::string& table, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    Statement query = prepare("SELECT count(*) FROM pragma_table_info(?) WHERE name = ?");
    query.bind(0, std::string_view(table)).bind(1, std::string_view(name)).step();
    if (query.integer(0) == 0) return false;
  }
  return true;
}

bool Database::is_empty() {
  Statement query = prepare("SELECT count(*) FROM sqlite_master");
  query.step();
  return query.integer(0) == 0;
}

std::string Database::quote(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

bool Database::is_one(const std::string& path) {
  constexpr char kMagic[] = "SQLite format 3";
  char head[sizeof kMagic] = {};
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;  // what is read from a pipe is gone
  std::ifstream file(path, std::ios::binary);
  file.read(head, sizeof head);
  return std::memcmp(head, kMagic, sizeof kMagic) == 0;
}

void Database::require_file(const std::string& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw InputError(path, "must be a regular file, no folder, device or pipe");
}

Database::Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database.connection_.get(), sql.data(), static_cast<int>(sql.size()),
                         &statement, nullptr) != SQLITE_OK)
    database.fail();
  statement_.reset(statement);
}

Database::Statement& Database::Statement::bind(int parameter, const Value& value) {
  std::visit(Binder{statement_.get(), parameter + 1}, static_cast<const Value::variant&>(value));
  return *this;
}

Database::Statement& Database::Statement::bind(int parameter, std::string_view text) {
  Binder{statement_.get(), parameter + 1}(std::string(text));
  return *this;
}

Database::Statement& Database::Statement::bind(int parameter, int64_t number) {
  Binder{statement_.get(), parameter + 1}(number);
  return *this;
}

bool Database::Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  sqlite3_reset(statement_.get());
  if (code != SQLITE_DONE) database_->fail();
  return false;
}

Value Database::Statement::value(int column) const {
  switch (sqlite3_column_type(statement_.get(), column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return integer(column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement_.get(), column);
    default:
      return text(column);
  }
}

std::string Database::Statement::text(int column) const {
  const auto* text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

int64_t Database::Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

int Database::Statement::columns() const {
  return sqlite3_column_count(statement_.get());
}

std::string Database::Statement::name(int column) const {
  return sqlite3_column_name(statement_.get(), column);
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const std::runtime_error&) {  // SQLite has rolled back by itself
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace nestwalk
