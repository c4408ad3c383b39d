// SPDX-License-Identifier: Apache-2.0
#include "model/memory/physical_memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace nestwalk {

PhysicalMemory::PhysicalMemory(uint64_t size) : size_(size) {
  void* const mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED)
    throw std::runtime_error(
        "cannot reserve " + std::to_string(size) +
        " bytes of address space for simulated memory: " + std::strerror(errno));
  data_ = static_cast<uint8_t*>(mapping);
  // Where the host gives large pages unasked, each touched page would cost 2 MiB.
  (void)madvise(mapping, size, MADV_NOHUGEPAGE);
}

PhysicalMemory::~PhysicalMemory() {
  munmap(data_, size_);
}

void PhysicalMemory::expect_dense(HostPhysical address, uint64_t length) {
  // Only a hint: small pages work as well.
  (void)madvise(data_ + address.value(), length, MADV_HUGEPAGE);
}

}  // namespace nestwalk
