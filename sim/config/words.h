// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "model/paging/access.h"
#include "sim/config/config.h"
#include "sim/io/input_error.h"

namespace nestwalk {

/// How users write the value of an enumeration: `vmm-direct`, `tree-plru`, `2M`.
template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};

/// All words of an enumeration, in the order in which they are listed to the user.
template <class Enum>
const std::vector<Word<Enum>>& words();

template <>
const std::vector<Word<Mode>>& words<Mode>();
template <>
const std::vector<Word<GuestPages>>& words<GuestPages>();
template <>
const std::vector<Word<PageSize>>& words<PageSize>();
template <>
const std::vector<Word<Timing>>& words<Timing>();
template <>
const std::vector<Word<BesideAs>>& words<BesideAs>();
template <>
const std::vector<Word<SegmentUnit>>& words<SegmentUnit>();
template <>
const std::vector<Word<NestedFormat>>& words<NestedFormat>();
template <>
const std::vector<Word<AccessKind>>& words<AccessKind>();
template <>
const std::vector<Word<NestedTlbKind>>& words<NestedTlbKind>();
template <>
const std::vector<Word<NestedTlbFill>>& words<NestedTlbFill>();
template <>
const std::vector<Word<Replacement>>& words<Replacement>();
template <>
const std::vector<Word<SoftwareModel>>& words<SoftwareModel>();
template <>
const std::vector<Word<LimitAction>>& words<LimitAction>();
template <>
const std::vector<Word<Operation>>& words<Operation>();
template <>
const std::vector<Word<LimitedOperation>>& words<LimitedOperation>();

/// `a, b or c`: for messages and help.
template <class Enum>
std::string list_words() {
  std::string list;
  const auto& all = words<Enum>();
  for (size_t i = 0; i < all.size(); ++i) {
    if (i != 0) list += i + 1 == all.size() ? " or " : ", ";
    list += all[i].text;
  }
  return list;
}

template <class Enum, class = std::enable_if_t<std::is_enum_v<Enum>>>
std::string_view to_string(Enum value) {
  for (const Word<Enum>& word : words<Enum>())
    if (word.value == value) return word.text;
  return "?";
}

/// Throws InputError with the words there are.
template <class Enum>
Enum parse_word(std::string_view text) {
  for (const Word<Enum>& word : words<Enum>())
    if (word.text == text) return word.value;
  throw InputError("must be " + list_words<Enum>() + ", not \"" + std::string(text) + "\"");
}

}  // namespace nestwalk
