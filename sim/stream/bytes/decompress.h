// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "sim/stream/bytes/byte_buffer.h"

namespace nestwalk {

/// Takes gzip, xz and Zstandard layers off, known by their magic numbers, however many there are.
/// What is not compressed is returned as it is. Decompresses in constant memory; concatenated
/// members count as one. Content that `is_plain` is no layer, whatever it begins with. Throws
/// InputError where a layer is damaged or of another kind (bzip2, lz4, zip).
std::unique_ptr<ByteBuffer> decompressed(std::unique_ptr<ByteBuffer> input,
                                         const std::function<bool(ByteBuffer&)>& is_plain);

}  // namespace nestwalk
