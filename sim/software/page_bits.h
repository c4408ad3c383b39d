// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/address/page_size.h"
#include "model/array/host_prefetch.h"

namespace nestwalk {

/// One bit for each page of `size` of a 1 GiB chunk. A plain aggregate: all zero bits are no page.
template <PageSize size>
struct PageBits {
  static constexpr uint64_t kWordBits = 64;
  static constexpr uint64_t kPages = bytes(PageSize::k1G) / bytes(size);

  uint64_t words[kPages / kWordBits];

  /// Any address of the page's chunk or any other: only the page's place in its chunk counts.
  template <class Address>
  bool test(Address address) const {
    return (words[word(address)] & bit(address)) != 0;
  }
  template <class Address>
  void prefetch(Address address) const {
    host_prefetch(words + word(address));
  }
  template <class Address>
  void set(Address address) {
    words[word(address)] |= bit(address);
  }
  /// All pages of the 2M page around an address.
  template <class Address>
  void set_large_page(Address address) {
    constexpr uint64_t kWords = bytes(PageSize::k2M) / bytes(size) / kWordBits;
    std::fill_n(words + word(address.align_down(PageSize::k2M)), kWords, ~uint64_t{0});
  }

 private:
  template <class Address>
  static uint64_t word(Address address) {
    return (address.offset(PageSize::k1G) >> shift(size)) / kWordBits;
  }
  template <class Address>
  static uint64_t bit(Address address) {
    return uint64_t{1} << (address.page(size) % kWordBits);
  }
};

}  // namespace nestwalk
