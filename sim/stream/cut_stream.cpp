// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/cut_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/io/input_error.h"
#include "sim/stream/control_operation.h"
#include "sim/stream/nwt/nwt_reader.h"

namespace nestwalk {
namespace {

constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();

}  // namespace

CutStream::CutStream(std::unique_ptr<Stream> stream, const Cut& cut)
    : WrappedStream(std::move(stream)),
      cut_(cut),
      to_skip_(cut.skip),
      to_take_(cut.references.value_or(kAll)) {
  if (cut.skip > 0) order_.emplace();
  seek();
}

size_t CutStream::read(Reference* batch, size_t capacity) {
  size_t count = 0;
  while (count == 0 && to_take_ > 0) {
    count = inner().read(batch, capacity);
    if (count == 0 && to_skip_ > 0) {
      throw InputError("skip", fmt::format("the stream ends after {} data references, before {} "
                                           "are skipped",
                                           cut_.skip - to_skip_, cut_.skip));
    }
    if (count == 0) return 0;
    if (to_skip_ > 0) count = drop(batch, count);
    count = take(batch, count);
  }
  if (order_) order_->number(batch, count);
  return count;
}

std::optional<uint64_t> CutStream::length() const {
  std::optional<uint64_t> length = WrappedStream::length();
  if (length) *length -= std::min(*length, cut_.skip);
  if (cut_.references) length = std::min(length.value_or(kAll), *cut_.references);
  return length;
}

void CutStream::seek() {
  auto* const nwt = dynamic_cast<NwtReader*>(&inner());
  if (nwt == nullptr || to_skip_ == 0 || !nwt->seek_reference(to_skip_)) return;
  to_skip_ -= std::min(to_skip_, nwt->summary()->references());
}

/// Keeps what stays of a batch that begins within what is skipped; returns how many elements.
size_t CutStream::drop(Reference* batch, size_t count) {
  size_t kept = 0;
  size_t i = 0;
  for (; i < count && to_skip_ > 0; ++i) {
    if (is_data(batch[i])) --to_skip_;
    if (const auto left = left_of_skipped(batch[i])) batch[kept++] = *left;
  }
  std::copy(batch + i, batch + count, batch + kept);
  return kept + count - i;
}

/// How many elements of a batch there are up to the last data reference wanted.
size_t CutStream::take(const Reference* batch, size_t count) {
  if (to_take_ == kAll) return count;
  size_t taken = 0;
  for (; taken < count && to_take_ > 0; ++taken) to_take_ -= is_data(batch[taken]);
  return taken;
}

std::unique_ptr<Stream> cut_stream(std::unique_ptr<Stream> stream, const Cut& cut) {
  if (cut.skip == 0 && !cut.references) return stream;
  return std::make_unique<CutStream>(std::move(stream), cut);
}

}  // namespace nestwalk
