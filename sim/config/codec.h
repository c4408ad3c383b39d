// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "model/address/virtual_range.h"
#include "sim/config/pages.h"
#include "sim/config/value.h"
#include "sim/config/words.h"

namespace nestwalk {

/// How a key's value is written and read: between a Value and the type that the model uses.
template <class T>
struct Codec {
  std::string range;                    ///< What is allowed, for people.
  std::function<T(const Value&)> read;  ///< Throws InputError: what would be right.
  std::function<Value(const T&)> write;
};

/// Integers of [min, max].
int64_t read_whole(const Value& value, int64_t min, int64_t max);
double read_real(const Value& value, double min, double max);
bool read_flag(const Value& value);
/// Text of any value: `--set trace=1` means the file `1`.
std::string read_text(const Value& value);
/// Bytes of [min, max], as a number or a text like `32KiB`.
int64_t read_size(const Value& value, int64_t min, int64_t max);
VirtualRange read_range(const Value& value);

template <class T>
Codec<T> whole(int64_t min, int64_t max) {
  return {std::to_string(min) + " to " + std::to_string(max),
          [=](const Value& value) { return static_cast<T>(read_whole(value, min, max)); },
          [](const T& value) { return Value(static_cast<int64_t>(value)); }};
}

template <class Enum>
Codec<Enum> word() {
  return {list_words<Enum>(), [](const Value& value) { return parse_word<Enum>(read_text(value)); },
          [](const Enum& value) { return Value(std::string(to_string(value))); }};
}

/// A value that may be missing.
template <class T>
Codec<std::optional<T>> optional(Codec<T> codec) {
  return {codec.range, [read = codec.read](const Value& value) { return read(value); },
          [write = codec.write](const std::optional<T>& value) {
            return value ? write(*value) : Value();
          }};
}

Codec<bool> flag();
Codec<double> real(double min, double max);
Codec<std::string> text(std::string range);
/// A list of texts; one alone need not be in brackets.
Codec<std::vector<std::string>> texts();
/// The same, each a line of a schedule (parse_schedule).
Codec<std::vector<std::string>> schedule();
Codec<Pages> pages();
Codec<uint64_t> size(int64_t min, int64_t max);
Codec<VirtualRange> range();

}  // namespace nestwalk
