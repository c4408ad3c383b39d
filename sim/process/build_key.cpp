// SPDX-License-Identifier: Apache-2.0
#include "sim/process/build_key.h"

#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>

#include "sim/version.h"

namespace nestwalk {

std::string build_key() {
  static const std::string key = [] {
    std::ifstream program("/proc/self/exe", std::ios::binary);
    uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    char bytes[1 << 16];
    while (program.read(bytes, sizeof bytes), program.gcount() != 0)
      for (std::streamsize i = 0; i < program.gcount(); ++i)
        hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3;
    if (!program.eof()) throw std::runtime_error("/proc/self/exe: cannot be read");
    return fmt::format("{} build {:016x}", kVersion, hash);
  }();
  return key;
}

}  // namespace nestwalk
