// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace nestwalk {

enum class AccessKind : uint8_t { kRead = 0, kWrite = 1, kExecute = 2 };

/// What one reference does, as far as translation cares.
struct Access {
  AccessKind kind = AccessKind::kRead;
  bool user = true;

  /// Index of this access among the six of an `AccessSet`.
  constexpr int index() const { return static_cast<int>(kind) + (user ? 3 : 0); }
};

/// A set of accesses that are allowed: {read, write, execute} x {supervisor, user}.
class AccessSet {
 public:
  constexpr AccessSet() = default;
  constexpr explicit AccessSet(uint8_t bits) : bits_(bits) {}

  static constexpr AccessSet all() { return AccessSet(0x3f); }
  /// The same rights for supervisor and user, as a nested dimension or a segment gives.
  static constexpr AccessSet both(bool read, bool write, bool execute) {
    const unsigned rights = unsigned{read} | unsigned{write} << 1 | unsigned{execute} << 2;
    return AccessSet(static_cast<uint8_t>(rights | rights << 3));
  }

  constexpr bool allows(Access access) const { return (bits_ >> access.index() & 1) != 0; }
  constexpr uint8_t bits() const { return bits_; }

  friend constexpr AccessSet operator&(AccessSet a, AccessSet b) {
    return AccessSet(static_cast<uint8_t>(a.bits_ & b.bits_));
  }
  friend constexpr bool operator==(AccessSet a, AccessSet b) { return a.bits_ == b.bits_; }

 private:
  uint8_t bits_ = 0;
};

}  // namespace nestwalk
