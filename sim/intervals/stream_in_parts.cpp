// SPDX-License-Identifier: Apache-2.0
#include "sim/intervals/stream_in_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/io/input_error.h"
#include "sim/stream/control_operation.h"
#include "sim/stream/wrapped_stream.h"

namespace nestwalk {
namespace {

using Writes = std::vector<std::pair<uint64_t, Reference>>;

uint64_t counted(const Reference& element) {
  if (!is_data(element)) return 0;
  return crosses_a_page(element) ? 2 : 1;
}

template <class Visit>
void for_each_element(Stream& stream, const Visit& visit) {
  std::vector<Reference> batch(4096);
  while (const size_t count = stream.read(batch.data(), batch.size()))
    for (size_t i = 0; i < count; ++i) visit(batch[i]);
}

/// What has to be known of all of a stream before it can be cut.
struct Survey {
  uint64_t references = 0;
  Writes writes;
};

Survey survey(Stream& stream) {
  Survey found;
  uint64_t number = 0;
  for_each_element(stream, [&](const Reference& element) {
    found.references += counted(element);
    if (const auto left = left_of_skipped(element)) found.writes.emplace_back(number, *left);
    ++number;
  });
  return found;
}

/// A place in a stream: elements before it, and what the run counts of them.
struct Place {
  uint64_t element;
  uint64_t references;
};

/// The first place at or after each of the wanted numbers of references, which ascend; the end of
/// the stream for those past it.
std::vector<Place> find_places(Stream& stream, const std::vector<uint64_t>& wanted) {
  std::vector<Place> places;
  Place at{0, 0};
  for_each_element(stream, [&](const Reference& element) {
    while (places.size() < wanted.size() && at.references >= wanted[places.size()])
      places.push_back(at);
    at.references += counted(element);
    ++at.element;
  });
  while (places.size() < wanted.size()) places.push_back(at);
  return places;
}

class BehindWrites : public WrappedStream {
 public:
  BehindWrites(std::unique_ptr<Stream> rest, const Writes& writes, uint64_t first_element)
      : WrappedStream(std::move(rest)), next_(writes.begin()), end_(writes.begin()) {
    while (end_ != writes.end() && end_->first < first_element) ++end_;
  }

  size_t read(Reference* batch, size_t capacity) override {
    if (next_ == end_) return inner().read(batch, capacity);
    size_t count = 0;
    for (; next_ != end_ && count < capacity; ++next_) batch[count++] = next_->second;
    return count;
  }

 private:
  Writes::const_iterator next_;
  Writes::const_iterator end_;
};

}  // namespace

StreamInParts::StreamInParts(const SharedStream& stream, const Config& config, size_t count,
                             uint64_t warmup)
    : stream_(stream) {
  Survey whole = survey(*stream.open());
  writes_ = std::move(whole.writes);
  uint64_t end = whole.references;
  if (config.references) end = std::min(end, config.warmup + *config.references);
  if (end < config.warmup + count)
    throw InputError("--intervals",
                     fmt::format("{} data references after the warm-up cannot be cut into {}",
                                 end - std::min(end, config.warmup), count));
  std::vector<uint64_t> begins;
  for (size_t i = 0; i <= count; ++i)
    begins.push_back(config.warmup + (end - config.warmup) * i / count);
  std::vector<uint64_t> warm;
  for (size_t i = 0; i < count; ++i)
    warm.push_back(i == 0 ? 0 : begins[i] - std::min(begins[i], warmup));
  const std::vector<Place> from = find_places(*stream.open(), warm);
  const std::vector<Place> at = find_places(*stream.open(), begins);
  for (size_t i = 0; i < count; ++i) {
    // The last one ends where the run would, in the middle of an element that crosses a page too.
    const uint64_t last = i + 1 == count ? end : at[i + 1].references;
    const uint64_t first = i == 0 ? config.warmup : at[i].references;
    parts_.push_back({from[i].element, from[i].references, first - from[i].references, last - first,
                      last - first});
  }
  // What stands behind the last reference takes time too, unless the run ends before it.
  if (!config.references || end < config.warmup + *config.references)
    parts_.back().references.reset();
}

std::unique_ptr<Stream> StreamInParts::open(const StreamPart& part) const {
  return std::make_unique<BehindWrites>(stream_.open(part.first_element), writes_,
                                        part.first_element);
}

}  // namespace nestwalk
