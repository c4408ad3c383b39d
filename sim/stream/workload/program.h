// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "sim/stream/stream.h"

namespace nestwalk {

/// Where a program tells what it does to memory, one instruction after another.
class Emitter {
 public:
  virtual ~Emitter() = default;

  /// Instructions that touch no memory.
  void compute(uint32_t instructions) { instructions_ += instructions; }
  /// An instruction that loads.
  void load(uint64_t address, uint8_t size = 8) {
    put({address, instructions_ + 1, 0, size, ReferenceKind::kLoad});
  }
  /// An instruction that stores.
  void store(uint64_t address, uint8_t size = 8) {
    put({address, instructions_ + 1, 0, size, ReferenceKind::kStore});
  }
  /// One instruction that loads and stores, `add %rax, (%rdi)` for one.
  void update(uint64_t address, uint8_t size = 8) {
    load(address, size);
    put({address, 0, 0, size, ReferenceKind::kStore});
  }

 protected:
  /// Takes the references that were put, and sets a place for more; or throws to end the program.
  virtual void exchange() = 0;
  void set_place(Reference* begin, Reference* end) {
    next_ = begin;
    end_ = end;
  }

 private:
  void put(const Reference& reference) {
    if (next_ == end_) exchange();
    *next_++ = reference;
    instructions_ = 0;
  }

  Reference* next_ = nullptr;
  Reference* end_ = nullptr;
  uint32_t instructions_ = 0;  ///< Since the last reference.
};

/// An algorithm that works on simulated addresses: it computes what decides its next address, and
/// tells its emitter each access that the real program would make.
class Program {
 public:
  virtual ~Program() = default;

  /// Runs, over and over again; the emitter ends it.
  virtual void run(Emitter& emitter) = 0;

  /// All that it touches.
  virtual VirtualRange region() const = 0;
  virtual ProcessorHint processor_hint() const { return {}; }
};

/// The first `references` of a program. It runs in a thread of its own, a few thousand references
/// ahead of the reader, from the first read on.
std::unique_ptr<Stream> stream_of(std::unique_ptr<Program> program, uint64_t references);

}  // namespace nestwalk
