// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace nestwalk {

/// An array of all zero bits, aligned to a line of the host's caches. Of a large one the system
/// gives the pages when they are first touched, so that it costs what is used of it.
template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  /// Throws std::bad_alloc.
  explicit ZeroedArray(size_t size) : size_(size), room_(std::calloc(bytes_for(size), 1)) {
    if (room_ == nullptr) throw std::bad_alloc();
    void* start = room_.get();
    size_t room = bytes_for(size);
    data_ = static_cast<T*>(std::align(kLine, size * sizeof(T), start, room));
  }

  size_t size() const { return size_; }
  T* data() { return data_; }
  const T* data() const { return data_; }

  /// All zeros again.
  void clear() { *this = ZeroedArray(size_); }

 private:
  static constexpr size_t kLine = 64;
  static_assert(alignof(T) <= kLine);

  static size_t bytes_for(size_t size) {
    if (size > (SIZE_MAX - kLine) / sizeof(T)) throw std::bad_alloc();
    return size * sizeof(T) + kLine;
  }

  struct Free {
    void operator()(void* room) const { std::free(room); }
  };

  size_t size_;
  std::unique_ptr<void, Free> room_;
  T* data_;
};

}  // namespace nestwalk
