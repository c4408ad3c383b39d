// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/recorder/executable.h"

#include <elf.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<std::string> find_executable(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return is_executable(name) ? std::optional(name) : std::nullopt;
  }
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    if (is_executable(candidate)) return candidate.string();
  }
  return std::nullopt;
}

void require_x86_64_program(const std::string& path) {
  Elf64_Ehdr header{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  if (std::memcmp(&header, "#!", 2) == 0) {
    throw InputError(path, "is a script; record its interpreter with the script as an argument");
  }
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    throw InputError(path, "is no program: expected an ELF file for x86-64 Linux");
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64) {
    throw InputError(path, "is a program for another machine: expected x86-64, 64 bits");
  }
}

std::string find_recorder_plugin() {
  constexpr char kPlugin[] = "lib/nestwalk/nestwalk-recorder.so";
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& candidate : {folder / kPlugin, folder.parent_path() / kPlugin}) {
    if (fs::exists(candidate, ignored)) return candidate.string();
  }
  throw InputError((folder.parent_path() / kPlugin).string(),
                   "the recording plugin is not there: build and install the target "
                   "nestwalk_recorder, or record with --tool valgrind");
}

}  // namespace nestwalk
