// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/constraint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "sim/config/keys.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"

namespace nestwalk {
namespace {

/// Numbers are long double: exact for every 64-bit integer and for every double.
using Operand = std::variant<bool, long double, std::string>;
using Lookup = std::function<Value(const std::string&)>;

Operand operand_of(const Value& value, const std::string& key) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<long double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return static_cast<long double>(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  throw InputError(key + (value.empty() ? " is not set" : " is a list") +
                   ", which a constraint cannot use");
}

/// What a message shows of a constraint.
std::string shown(std::string_view text) {
  constexpr size_t kShown = 80;
  return fmt::format("constraint \"{}{}\"", text.substr(0, kShown),
                     text.size() > kShown ? "..." : "");
}

template <class T>
T as(const Operand& operand, const char* kind, std::string_view sign) {
  if (const T* value = std::get_if<T>(&operand)) return *value;
  throw InputError(fmt::format("{} needs {}", sign, kind));
}

}  // namespace

class Constraint::Node {
 public:
  explicit Node(size_t depth) : depth_(depth) {}
  virtual ~Node() = default;
  /// Levels of nodes from here down.
  size_t depth() const { return depth_; }
  virtual Operand value(const Lookup& lookup) const = 0;
  bool truth(const Lookup& lookup, std::string_view sign) const {
    return as<bool>(value(lookup), "a comparison, true or false", sign);
  }

 private:
  size_t depth_;
};

namespace {

using NodePointer = std::unique_ptr<Constraint::Node>;

/// Of nodes, of parentheses and of nots: all that goes through them does so by recursion.
constexpr size_t kDeepest = 500;

struct Literal : Constraint::Node {
  template <class T>
  explicit Literal(T v) : Node(1), constant(std::move(v)) {}
  Operand value(const Lookup&) const override { return constant; }
  Operand constant;
};

struct KeyName : Constraint::Node {
  explicit KeyName(std::string n) : Node(1), name(std::move(n)) {}
  Operand value(const Lookup& lookup) const override { return operand_of(lookup(name), name); }
  std::string name;
};

struct Not : Constraint::Node {
  explicit Not(NodePointer n) : Node(1 + n->depth()), inner(std::move(n)) {}
  Operand value(const Lookup& lookup) const override { return !inner->truth(lookup, "not"); }
  NodePointer inner;
};

struct Binary : Constraint::Node {
  Binary(std::string s, NodePointer l, NodePointer r)
      : Node(1 + std::max(l->depth(), r->depth())),
        sign(std::move(s)),
        left(std::move(l)),
        right(std::move(r)) {}

  Operand value(const Lookup& lookup) const override {
    if (sign == "and") return left->truth(lookup, sign) && right->truth(lookup, sign);
    if (sign == "or") return left->truth(lookup, sign) || right->truth(lookup, sign);
    const Operand a = left->value(lookup);
    const Operand b = right->value(lookup);
    if (sign == "==" || sign == "!=") {
      if (a.index() != b.index())
        throw InputError(sign + " compares two numbers, two texts or two truths");
      return (a == b) == (sign == "==");
    }
    constexpr char kNumbers[] = "numbers on both sides";
    return numeric(as<long double>(a, kNumbers, sign), as<long double>(b, kNumbers, sign));
  }

  Operand numeric(long double a, long double b) const {
    if (sign == "<") return a < b;
    if (sign == "<=") return a <= b;
    if (sign == ">") return a > b;
    if (sign == ">=") return a >= b;
    if (sign == "+") return a + b;
    if (sign == "-") return a - b;
    if (sign == "*") return a * b;
    if (b == 0) throw InputError(sign + " by zero");
    return sign == "/" ? a / b : std::fmod(a, b);
  }

  std::string sign;
  NodePointer left;
  NodePointer right;
};

bool is_word_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// Whether `c` goes on with the number `before`, as in 1.5e-3.
bool is_sign_of_exponent(std::string_view before, char c) {
  if ((c != '+' && c != '-') || before.empty() || !is_digit(before[0])) return false;
  const size_t digits = before.find_first_not_of("0123456789.");
  return digits == before.size() - 1 && (before[digits] == 'e' || before[digits] == 'E');
}

/// Recursive descent, a level of precedence a function.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { advance(); }

  NodePointer parse() {
    NodePointer root = alternatives();
    if (!token_.empty()) fail(fmt::format("\"{}\" is too much", token_));
    return root;
  }

 private:
  using Level = NodePointer (Parser::*)();

  template <size_t N>
  NodePointer chain(Level inner, const std::array<std::string_view, N>& signs) {
    NodePointer node = (this->*inner)();
    while (const std::string_view* sign = find(signs)) {
      advance();
      node = std::make_unique<Binary>(std::string(*sign), std::move(node), (this->*inner)());
      if (node->depth() > kDeepest) fail_too_deep();
    }
    return node;
  }

  template <size_t N>
  const std::string_view* find(const std::array<std::string_view, N>& signs) const {
    for (const std::string_view& sign : signs)
      if (sign == token_) return &sign;
    return nullptr;
  }

  NodePointer alternatives() {
    static constexpr std::array<std::string_view, 1> kSigns{"or"};
    return chain(&Parser::conjunction, kSigns);
  }
  NodePointer conjunction() {
    static constexpr std::array<std::string_view, 1> kSigns{"and"};
    return chain(&Parser::negation, kSigns);
  }
  NodePointer negation() {
    if (token_ != "not") return comparison();
    open();
    NodePointer inner = negation();
    --open_;
    return std::make_unique<Not>(std::move(inner));
  }
  NodePointer comparison() {
    static constexpr std::array<std::string_view, 6> kSigns{"==", "!=", "<=", ">=", "<", ">"};
    return chain(&Parser::sum, kSigns);
  }
  NodePointer sum() {
    static constexpr std::array<std::string_view, 2> kSigns{"+", "-"};
    return chain(&Parser::product, kSigns);
  }
  NodePointer product() {
    static constexpr std::array<std::string_view, 3> kSigns{"*", "/", "%"};
    return chain(&Parser::primary, kSigns);
  }

  NodePointer primary() {
    if (token_ == "(") {
      open();
      NodePointer inner = alternatives();
      if (token_ != ")") fail("a ) is missing");
      --open_;
      advance();
      return inner;
    }
    const std::string token(token_);
    if (token.empty()) fail("a value is missing");
    NodePointer node = leaf(token);
    advance();
    return node;
  }

  /// Takes a not or a parenthesis.
  void open() {
    if (++open_ > kDeepest) fail_too_deep();
    advance();
  }

  NodePointer leaf(const std::string& token) const {
    if (token.front() == '\'' || token.front() == '"')
      return std::make_unique<Literal>(token.substr(1, token.size() - 2));
    if (is_digit(token.front())) return std::make_unique<Literal>(number(token));
    if (token == "true" || token == "false") return std::make_unique<Literal>(token == "true");
    if (!is_word_letter(token.front())) fail(fmt::format("\"{}\" is no value", token));
    if (find_key(token) == nullptr) fail(token + ": " + describe_unknown_key(token));
    return std::make_unique<KeyName>(token);
  }

  /// Rounded as a key's value is, so that 0.1 is what a key of 0.1 holds.
  long double number(const std::string& token) const {
    try {
      size_t read = 0;
      const long double plain = std::stold(token, &read);
      if (read != token.size()) return static_cast<long double>(parse_size(token));
      return std::floor(plain) == plain ? plain : std::strtod(token.c_str(), nullptr);
    } catch (const std::out_of_range&) {
      fail(token + " is too large");
    } catch (const InputError&) {
      fail(fmt::format("\"{}\" is neither a number nor a size such as 64KiB", token));
    }
  }

  void advance() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    const size_t begin = at_;
    if (at_ < text_.size()) at_ += length_of_token(text_.substr(at_));
    token_ = text_.substr(begin, at_ - begin);
  }

  size_t length_of_token(std::string_view rest) const {
    if (rest[0] == '\'' || rest[0] == '"') {
      const size_t end = rest.find(rest[0], 1);
      if (end == rest.npos) fail("a quote is not closed");
      return end + 1;
    }
    size_t length = 0;
    while (length < rest.size() && (is_word_letter(rest[length]) ||
                                    is_sign_of_exponent(rest.substr(0, length), rest[length])))
      ++length;
    if (length != 0) return length;
    for (const std::string_view sign : {"==", "!=", "<=", ">="})
      if (rest.substr(0, 2) == sign) return 2;
    return 1;
  }

  [[noreturn]] void fail(const std::string& what) const { throw InputError(shown(text_), what); }
  [[noreturn]] void fail_too_deep() const {
    fail(fmt::format("is nested too deep at character {}: at most {} levels", at_, kDeepest));
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t open_ = 0;  ///< Parentheses and nots around the token.
  std::string_view token_;
};

}  // namespace

Constraint::Constraint(std::string text, std::string origin)
    : text_(std::move(text)), origin_(std::move(origin)), root_(Parser(text_).parse()) {}
Constraint::Constraint(Constraint&&) noexcept = default;
Constraint& Constraint::operator=(Constraint&&) noexcept = default;
Constraint::~Constraint() = default;

bool Constraint::holds(const std::function<Value(const std::string&)>& value_of) const {
  try {
    return root_->truth(value_of, "a constraint");
  } catch (const InputError& error) {
    const std::string what = shown(text_) + ": " + error.what();
    throw origin_.empty() ? InputError(what) : InputError(origin_, what);
  }
}

}  // namespace nestwalk
