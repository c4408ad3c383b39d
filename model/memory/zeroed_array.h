// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace nestwalk {

/// An array of all zero bits. Of a large one the system gives the pages when they are first
/// touched, so that it costs what is used of it.
template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  /// Throws std::bad_alloc.
  explicit ZeroedArray(size_t size)
      : size_(size), data_(static_cast<T*>(std::calloc(std::max<size_t>(size, 1), sizeof(T)))) {
    if (data_ == nullptr) throw std::bad_alloc();
  }

  size_t size() const { return size_; }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }

  /// All zeros again.
  void clear() { *this = ZeroedArray(size_); }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };

  size_t size_;
  std::unique_ptr<T, Free> data_;
};

}  // namespace nestwalk
