// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sim/config/value.h"

namespace nestwalk {

/// A rule that a point must hold to be run, such as `l2_tlb.entries % l2_tlb.ways == 0` or
/// `mode == 'native' or memory.l2.size < 512KiB`: keys, numbers, sizes, texts in quotes, true and
/// false; + - * / % with the usual precedence; == != < <= > >=; not, and, or; parentheses.
class Constraint {
 public:
  /// `origin` is where it stands, for the errors of holds(). Throws InputError: where in the text,
  /// and what would be right.
  explicit Constraint(std::string text, std::string origin = {});
  Constraint(Constraint&&) noexcept;
  Constraint& operator=(Constraint&&) noexcept;
  ~Constraint();

  const std::string& text() const { return text_; }

  /// `value_of` gives a key's value. Throws InputError where the kinds of values do not fit.
  bool holds(const std::function<Value(const std::string&)>& value_of) const;

  class Node;

 private:
  std::string text_;
  std::string origin_;
  std::unique_ptr<Node> root_;
};

}  // namespace nestwalk
