// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <tuple>
#include <vector>

#include "sim/io/input_error.h"
#include "sim/stream/stream.h"

namespace nestwalk {

inline bool operator==(const Reference& a, const Reference& b) {
  return std::tie(a.address, a.instructions, a.thread, a.size, a.kind) ==
         std::tie(b.address, b.instructions, b.thread, b.size, b.kind);
}

inline void PrintTo(const Reference& reference, std::ostream* out) {
  *out << "{0x" << std::hex << reference.address << std::dec << ", i" << reference.instructions
       << ", t" << reference.thread << ", size " << int{reference.size} << ", kind "
       << static_cast<int>(reference.kind) << "}";
}

namespace test {

/// All that is left of a stream, read in batches of `batch`.
inline std::vector<Reference> drain(Stream& stream, size_t batch = 4096) {
  std::vector<Reference> all;
  std::vector<Reference> part(batch);
  while (const size_t count = stream.read(part.data(), batch)) {
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return all;
}

inline Reference load(uint64_t address, uint32_t instructions = 1, uint8_t size = 1,
                      uint16_t thread = 0) {
  return {address, instructions, thread, size, ReferenceKind::kLoad};
}
inline Reference store(uint64_t address, uint32_t instructions = 1, uint8_t size = 1,
                       uint16_t thread = 0) {
  return {address, instructions, thread, size, ReferenceKind::kStore};
}
inline Reference fetch(uint64_t address, uint32_t instructions = 1, uint8_t size = 1,
                       uint16_t thread = 0) {
  return {address, instructions, thread, size, ReferenceKind::kFetch};
}

/// What InputError says that `action` throws; a failure if it throws none.
template <class Action>
std::string input_error(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no InputError";
  return {};
}

}  // namespace test
}  // namespace nestwalk
