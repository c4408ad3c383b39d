// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/stream/thread_order.h"
#include "sim/stream/wrapped_stream.h"

namespace nestwalk {

/// Which part of a stream: counted in loads and stores, one that crosses a page once.
struct Cut {
  uint64_t skip = 0;                   ///< Data references that are left out at the front.
  std::optional<uint64_t> references;  ///< Data references that follow; unset: all.
};

/// A part of a stream. What is skipped leaves behind what its register writes did: they stay, in
/// order, and count no instructions. Invalidations go, since nothing is cached yet, and so do
/// fetches up to the last reference skipped. Threads are numbered anew, in order of appearance. The
/// part ends with its last data reference. A .nwt of loads and stores alone, but for a last element
/// that tells what was retired behind them, is not read where it is skipped.
class CutStream : public WrappedStream {
 public:
  CutStream(std::unique_ptr<Stream> stream, const Cut& cut);

  /// Throws InputError where the stream ends within what is skipped.
  size_t read(Reference* batch, size_t capacity) override;
  std::optional<uint64_t> length() const override;

 private:
  void seek();
  size_t drop(Reference* batch, size_t count);
  size_t take(const Reference* batch, size_t count);

  Cut cut_;
  uint64_t to_skip_;
  uint64_t to_take_;
  std::optional<ThreadOrder> order_;  ///< Where something is skipped.
};

/// The part of a stream; the stream itself if that is all of it.
std::unique_ptr<Stream> cut_stream(std::unique_ptr<Stream> stream, const Cut& cut);

}  // namespace nestwalk
