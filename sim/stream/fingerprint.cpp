// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sim/io/input_error.h"
#include "sim/stream/nwt/checksum.h"

namespace nestwalk {
namespace {

constexpr uint64_t kPart = uint64_t{64} << 10;

}  // namespace

std::string fingerprint(const std::string& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file)
    throw InputError(path, "cannot be read; a trace that is read again must be a file");
  uint64_t sum = 0;
  std::string part(kPart, '\0');
  for (const uint64_t from : {uint64_t{0}, size - std::min(size, kPart)}) {
    file.clear();
    file.seekg(static_cast<std::streamoff>(from));
    file.read(part.data(), static_cast<std::streamsize>(part.size()));
    sum = nwt::checksum(part.data(), static_cast<size_t>(file.gcount()), sum);
  }
  return fmt::format("{} bytes, {:016x}", size, sum);
}

}  // namespace nestwalk
