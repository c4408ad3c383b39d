// SPDX-License-Identifier: Apache-2.0
#include "sim/translate/raw_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

// Closes on every way out; a mapping outlives its descriptor.
class File {
 public:
  /// Does not wait for the other end of a pipe, which is refused.
  explicit File(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0)
      throw InputError(path, std::string("cannot be opened: ") + std::strerror(errno));
  }
  ~File() { close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

RawMemory::RawMemory(const std::string& path) {
  const File file(path);
  struct stat status {};
  if (fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode))
    throw InputError(path, "must be a regular file: a raw image of physical memory");
  if (status.st_size == 0) throw InputError(path, "is empty: a memory image is needed");
  size_ = static_cast<size_t>(status.st_size);
  void* mapped = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (mapped == MAP_FAILED)
    throw InputError(path, std::string("cannot be mapped: ") + std::strerror(errno));
  data_ = static_cast<const unsigned char*>(mapped);
}

RawMemory::~RawMemory() {
  munmap(const_cast<unsigned char*>(data_), size_);
}

uint64_t RawMemory::read(HostPhysical address) {
  if (size_ < sizeof(uint64_t) || address.value() > size_ - sizeof(uint64_t)) {
    if (!first_past_end_) first_past_end_ = address;
    return 0;
  }
  uint64_t word;
  std::memcpy(&word, data_ + address.value(), sizeof word);
  return word;
}

}  // namespace nestwalk
