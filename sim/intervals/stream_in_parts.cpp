// SPDX-License-Identifier: Apache-2.0
#include "sim/intervals/stream_in_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "sim/io/input_error.h"
#include "sim/stream/control_operation.h"
#include "sim/stream/wrapped_stream.h"

namespace nestwalk {
namespace {

using Writes = std::vector<std::pair<uint64_t, Reference>>;

constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kBetweenReports = uint64_t{1} << 20;

uint64_t counted(const Reference& element) {
  if (!is_data(element)) return 0;
  return crosses_a_page(element) ? 2 : 1;
}

/// Visits elements until that returns false.
template <class Visit>
void for_each_element(Stream& stream, const Visit& visit) {
  std::vector<Reference> batch(4096);
  while (const size_t count = stream.read(batch.data(), batch.size()))
    for (size_t i = 0; i < count; ++i)
      if (!visit(batch[i])) return;
}

/// What has to be known of a stream before it can be cut: of all of it, or as far as it is run.
struct Survey {
  uint64_t references = 0;
  Writes writes;
};

Survey survey(Stream& stream, uint64_t references, const OnRead& on_read) {
  Survey found;
  uint64_t number = 0;
  for_each_element(stream, [&](const Reference& element) {
    found.references += counted(element);
    if (const auto left = left_of_skipped(element)) found.writes.emplace_back(number, *left);
    if (++number % kBetweenReports == 0 && on_read) on_read(number);
    return found.references < references;
  });
  return found;
}

/// A place in a stream: elements before it, and what the run counts of them.
struct Place {
  uint64_t element;
  uint64_t references;
};

/// For each of the wanted numbers of references, which ascend, the first place at or after it; the
/// end of the stream for those past that.
std::map<uint64_t, Place> find_places(Stream& stream, const std::set<uint64_t>& wanted,
                                      const OnRead& on_read) {
  std::map<uint64_t, Place> places;
  Place at{0, 0};
  auto next = wanted.begin();
  for_each_element(stream, [&](const Reference& element) {
    for (; next != wanted.end() && at.references >= *next; ++next) places[*next] = at;
    at.references += counted(element);
    if (++at.element % kBetweenReports == 0 && on_read) on_read(at.element);
    return next != wanted.end();
  });
  for (; next != wanted.end(); ++next) places[*next] = at;
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

StreamInParts::StreamInParts(Open open, const Config& config, size_t count, uint64_t warmup,
                             const OnRead& on_read)
    : open_(std::move(open)) {
  const uint64_t most = config.references ? config.warmup + *config.references : kAll;
  Survey whole = survey(*open_(), most, on_read);
  writes_ = std::move(whole.writes);
  const uint64_t end = std::min(whole.references, most);
  if (end < config.warmup + count)
    throw InputError("--intervals",
                     fmt::format("{} data references after the warm-up cannot be cut into {}",
                                 end - std::min(end, config.warmup), count));
  const auto begin = [&](size_t i) { return config.warmup + (end - config.warmup) * i / count; };
  const auto warm = [&](size_t i) { return i == 0 ? 0 : begin(i) - std::min(begin(i), warmup); };
  std::set<uint64_t> wanted;
  for (size_t i = 0; i < count; ++i) wanted.insert({warm(i), begin(i), begin(i + 1)});
  const std::map<uint64_t, Place> places = find_places(*open_(), wanted, on_read);
  for (size_t i = 0; i < count; ++i) {
    // The last one ends where the run would, in the middle of an element that crosses a page too.
    const uint64_t last = i + 1 == count ? end : places.at(begin(i + 1)).references;
    const uint64_t first = i == 0 ? config.warmup : places.at(begin(i)).references;
    const Place& from = places.at(warm(i));
    parts_.push_back(
        {from.element, from.references, first - from.references, last - first, last - first});
  }
  // What stands behind the last reference takes time too, unless the run ends before it.
  if (!config.references || end < most) parts_.back().references.reset();
}

std::unique_ptr<Stream> StreamInParts::open(const StreamPart& part) const {
  std::unique_ptr<Stream> rest = open_();
  rest->skip(part.first_element);
  return std::make_unique<BehindWrites>(std::move(rest), writes_, part.first_element);
}

}  // namespace nestwalk
