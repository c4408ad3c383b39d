// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "model/address/address.h"
#include "model/address/page_size.h"

namespace nestwalk {

/// The software side counts memory in frames of 4 KiB; a larger page is a block of them.
constexpr uint64_t frames_of(PageSize size) {
  return bytes(size) >> shift(PageSize::k4K);
}

/// The buddy allocators' order of such a block.
constexpr int order_of(PageSize size) {
  return shift(size) - shift(PageSize::k4K);
}

/// Where a frame or a page of 4 KiB begins.
template <class Kind>
constexpr Kind address_of(uint64_t number) {
  return Kind(number << shift(PageSize::k4K));
}

}  // namespace nestwalk
