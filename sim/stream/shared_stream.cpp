// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/shared_stream.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <new>
#include <string>

#include "sim/stream/cut_stream.h"
#include "sim/stream/named_stream.h"
#include "sim/stream/touched_pages.h"

namespace nestwalk {
namespace {

constexpr size_t kBatch = 4096;

uint64_t count_data(const Reference* elements, size_t count) {
  return static_cast<uint64_t>(std::count_if(
      elements, elements + count, [](const Reference& element) { return is_data(element); }));
}

/// The number after `name` in a file of lines `name number kB`.
uint64_t kilobytes(const char* path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  uint64_t number = 0;
  while (file >> word)
    if (word == name && file >> number) break;
  return number;
}

}  // namespace

/// Address space for at most `size` references; memory where they are written.
class SharedStream::Mapping {
 public:
  explicit Mapping(size_t size) : bytes_(std::max<size_t>(size, 1) * sizeof(Reference)) {
    void* const at = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    elements_ = static_cast<Reference*>(at);
  }
  ~Mapping() { munmap(elements_, bytes_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  Reference* elements() const { return elements_; }

 private:
  size_t bytes_;
  Reference* elements_;
};

class SharedStream::View : public Stream {
 public:
  explicit View(const SharedStream& stream)
      : stream_(stream), next_(stream.mapping_->elements()), end_(next_ + stream.size_) {}

  size_t read(Reference* batch, size_t capacity) override {
    const size_t count = std::min(capacity, static_cast<size_t>(end_ - next_));
    std::memcpy(static_cast<void*>(batch), next_, count * sizeof(Reference));
    next_ += count;
    return count;
  }
  void skip(uint64_t count) override {
    next_ += std::min(count, static_cast<uint64_t>(end_ - next_));
  }
  std::optional<uint64_t> length() const override { return stream_.length_; }
  std::vector<VirtualRange> ranges() const override { return stream_.ranges_; }
  std::vector<VirtualRange> touched() const override { return stream_.footprint_.touched; }
  std::optional<VirtualRange> primary_region() const override {
    return stream_.footprint_.primary_region;
  }
  ProcessorHint processor_hint() const override { return stream_.hint_; }

 private:
  const SharedStream& stream_;
  const Reference* next_;
  const Reference* end_;
};

std::unique_ptr<SharedStream> SharedStream::decode(const Config& config, uint64_t most,
                                                   const OnRead& on_read) {
  const std::unique_ptr<Stream> source =
      cut_stream(open_named_stream(config, std::nullopt), {config.skip, std::nullopt});
  auto shared = std::make_unique<SharedStream>();
  shared->length_ = source->length();
  shared->ranges_ = source->ranges();
  shared->footprint_ = {source->touched(), source->primary_region()};
  shared->hint_ = source->processor_hint();
  bool searches = lacks_footprint(config, *source);
  if (searches && config.skip > 0) {  // of the whole trace, as in a run
    shared->footprint_ = find_footprint(config.trace, {}, on_read);
    searches = false;
  }

  const size_t capacity = std::max<uint64_t>(most / sizeof(Reference), kBatch);
  shared->mapping_ = std::make_shared<Mapping>(capacity);
  Reference* const elements = shared->mapping_->elements();
  uint64_t left =
      config.references ? config.warmup + *config.references : std::numeric_limits<uint64_t>::max();
  if (shared->length_ && std::min(left, *shared->length_) > capacity) return nullptr;
  TouchedPages pages;
  std::vector<Reference> batch(kBatch);
  uint64_t read = 0;
  while (left != 0 || searches) {
    const size_t count = source->read(batch.data(), batch.size());
    if (count == 0) break;
    if (on_read) on_read(read += count);
    if (searches) pages.touch(batch.data(), count);
    if (left == 0) continue;
    if (count > capacity - shared->size_) return nullptr;
    std::memcpy(static_cast<void*>(elements + shared->size_), batch.data(),
                count * sizeof(Reference));
    shared->size_ += count;
    left -= std::min(left, count_data(batch.data(), count));
  }
  if (searches) shared->footprint_ = footprint(pages);
  return shared;
}

std::unique_ptr<Stream> SharedStream::open() const {
  return std::make_unique<View>(*this);
}

uint64_t memory_for_streams() {
  uint64_t available = kilobytes("/proc/meminfo", "MemAvailable:") << 10;
  uint64_t limit = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit) available = std::min(available, limit);
  return available / 2;
}

}  // namespace nestwalk
