// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/nwt/index.h"

namespace nestwalk::nwt {
namespace {

/// Takes words off the front; after the end it gives zeros and remembers it.
class Words {
 public:
  explicit Words(const std::vector<uint64_t>& words) : words_(words) {}
  uint64_t next() { return at_ < words_.size() ? words_[at_++] : (failed_ = true, 0); }
  /// A count of items of `words_each`, which must all be there.
  uint64_t next_count(uint64_t words_each) {
    const uint64_t count = next();
    if (count > (words_.size() - at_) / words_each) failed_ = true;
    return failed_ ? 0 : count;
  }
  bool exhausted() const { return !failed_ && at_ == words_.size(); }

 private:
  const std::vector<uint64_t>& words_;
  size_t at_ = 0;
  bool failed_ = false;
};

VirtualRange next_range(Words& words) {
  const GuestVirtual base(words.next());
  return {base, GuestVirtual(words.next())};
}

}  // namespace

std::vector<uint64_t> index_words(const Index& index) {
  const StreamSummary& summary = index.summary;
  std::vector<uint64_t> words{summary.loads,        summary.stores,       summary.fetches,
                              summary.controls,     summary.instructions, summary.threads,
                              summary.touched_pages};
  words.push_back(summary.ranges.size());
  for (const VirtualRange& range : summary.ranges) {
    words.insert(words.end(), {range.base.value(), range.limit.value()});
  }
  words.push_back(summary.clusters.size());
  for (const Cluster& cluster : summary.clusters) {
    words.insert(words.end(), {cluster.range.base.value(), cluster.range.limit.value(),
                               cluster.pages, cluster.references});
  }
  for (const IndexEntry& block : index.blocks) {
    words.insert(words.end(), {block.offset, block.first_element, block.first_instruction});
  }
  return words;
}

std::optional<Index> parse_index(const std::vector<uint64_t>& all, uint64_t blocks) {
  Words words(all);
  Index index;
  StreamSummary& summary = index.summary;
  for (uint64_t* const field :
       {&summary.loads, &summary.stores, &summary.fetches, &summary.controls, &summary.instructions,
        &summary.threads, &summary.touched_pages}) {
    *field = words.next();
  }
  summary.ranges.resize(words.next_count(2));
  for (VirtualRange& range : summary.ranges) range = next_range(words);
  summary.clusters.resize(words.next_count(4));
  for (Cluster& cluster : summary.clusters) {
    cluster.range = next_range(words);
    cluster.pages = words.next();
    cluster.references = words.next();
  }
  if (blocks > all.size()) return std::nullopt;
  index.blocks.resize(blocks);
  for (IndexEntry& block : index.blocks) {
    block.offset = words.next();
    block.first_element = words.next();
    block.first_instruction = words.next();
  }
  if (!words.exhausted()) return std::nullopt;
  return index;
}

}  // namespace nestwalk::nwt
