// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/context/translation_context.h"
#include "model/paging/access.h"

namespace nestwalk {

/// One access that a vector case asks for.
struct VectorQuery {
  uint64_t number = 0;
  GuestVirtual address{};
  Access access;
  size_t context = 0;  ///< Index in VectorCase::contexts.
};

/// `case.json` of a vector case: nested walks under AMD nested paging. Its memory is a PageImage.
struct VectorCase {
  std::vector<TranslationContext> contexts;
  std::vector<VectorQuery> queries;
  bool cumulative = false;  ///< A and D set by a query are still set for the queries after it.
};

/// Throws InputError, naming the file and the byte or the key that is wrong.
VectorCase read_vector_case(const std::string& path);

}  // namespace nestwalk
