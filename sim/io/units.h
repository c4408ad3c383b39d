// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/address/virtual_range.h"

namespace nestwalk {

/// A whole number in decimal, or hexadecimal with 0x. Throws InputError.
uint64_t parse_whole(std::string_view text);

/// Bytes: `64GiB`, `4KiB`, or a plain number of bytes. Throws InputError.
uint64_t parse_size(std::string_view text);
/// The shortest form that `parse_size` reads back exactly: `32KiB`, `1000`.
std::string format_size(uint64_t bytes);

/// An address, `0x...`. Throws InputError.
uint64_t parse_address(std::string_view text);
/// Lower case, without leading zeros.
std::string format_address(uint64_t address);

/// `[0x..., 0x...]`: base and limit. Throws InputError unless base < limit, both 4 KiB aligned.
VirtualRange parse_range(std::string_view text);

}  // namespace nestwalk
