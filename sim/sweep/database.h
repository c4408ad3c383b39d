// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/value.h"

namespace nestwalk {

/// An SQLite database. Every function throws std::runtime_error, with the file's name, where
/// SQLite fails; InputError where that is the file's fault: it is no database, is damaged, or
/// cannot be opened or read.
class Database {
 public:
  enum class Access { kRead, kWrite };

  /// kWrite makes the file if it is missing; kRead leaves the file and its folder as they are.
  Database(const std::string& path, Access access);

  /// One that is no file.
  static Database in_memory();
  /// What its file holds, or would.
  std::string bytes() const;

  /// One prepared statement. Parameters and columns count from 0.
  class Statement {
   public:
    Statement& bind(int parameter, const Value& value);
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, int64_t number);
    /// The next row; false after the last. After that the statement can be bound anew.
    bool step();
    /// Runs a statement without rows.
    void run() { step(); }

    Value value(int column) const;  ///< Empty for NULL.
    std::string text(int column) const;
    int64_t integer(int column) const;
    int columns() const;
    std::string name(int column) const;

   private:
    friend class Database;
    Statement(Database& database, std::string_view sql);
    struct Finalize {
      void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    Database* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  };

  void execute(const std::string& sql);
  Statement prepare(std::string_view sql) { return Statement(*this, sql); }
  /// Whether there is a table with these columns.
  bool has_columns(const std::string& table, const std::vector<std::string>& names);
  bool is_empty();

  const std::string& path() const { return path_; }

  /// `l2_tlb.entries` as SQL takes it: `"l2_tlb.entries"`.
  static std::string quote(std::string_view name);

  /// Whether a file begins as an SQLite database does.
  static bool is_one(const std::string& path);

  /// Throws InputError if something else than a file lies there: a pipe would be waited for, a
  /// device be replaced.
  static void require_file(const std::string& path);

 private:
  Database(const std::string& path, Access access, const std::string& name, int flags);
  [[noreturn]] void fail() const;

  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close(connection); }
  };
  std::string path_;
  Access access_;
  std::unique_ptr<sqlite3, Close> connection_;
};

/// All or nothing: what is not committed when it ends is rolled back.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
  }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace nestwalk
