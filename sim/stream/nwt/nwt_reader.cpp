// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/nwt/nwt_reader.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "sim/io/input_error.h"
#include "sim/stream/nwt/checksum.h"
#include "sim/stream/retired.h"

namespace nestwalk {

using namespace nwt;

NwtReader::NwtReader(std::unique_ptr<ByteBuffer> input, bool fetch)
    : input_(std::move(input)), fetch_(fetch), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
  input_->fill(kMagic.size());
  if (input_->view().substr(0, kMagic.size()) != kMagic)
    fail("the file header", "found other bytes: this is no .nwt");
  if (input_->seekable()) read_index_from_end();
  if (!fetch_ && !(index_ && index_->summary.fetches == 0)) order_.emplace();
  read_file_header();
}

NwtReader::~NwtReader() = default;

size_t NwtReader::read(Reference* batch, size_t capacity) {
  size_t count = 0;
  while (count < capacity && (decoder_.left() > 0 || next_block())) {
    const size_t decoded = std::min(capacity - count, decoder_.left());
    decode(batch + count, decoded);
    const bool drop = block_holds_fetches_ && !fetch_;
    count += drop ? drop_fetches(batch + count, decoded) : decoded;
  }
  if (order_) order_->number(batch, count);
  if (count < capacity && ended_ && dropped_instructions_ != 0)
    batch[count++] = retire(take_instructions(dropped_instructions_));
  return count;
}

void NwtReader::skip(uint64_t count) {
  if (!seekable() || order_) return Stream::skip(count);
  const uint64_t next = next_element_ - decoder_.left();
  seek(next + std::min(count, index_->summary.elements() - next));
}

std::optional<uint64_t> NwtReader::length() const {
  if (!index_) return std::nullopt;
  const StreamSummary& summary = index_->summary;
  return summary.elements() - (fetch_ ? 0 : summary.fetches);
}

std::vector<VirtualRange> NwtReader::touched() const {
  return index_ ? index_->summary.ranges : std::vector<VirtualRange>();
}

std::optional<VirtualRange> NwtReader::primary_region() const {
  return index_ ? nestwalk::primary_region(index_->summary.clusters) : std::nullopt;
}

void NwtReader::seek(uint64_t element) {
  const auto after = std::partition_point(
      index_->blocks.begin(), index_->blocks.end(),
      [element](const IndexEntry& block) { return block.first_element <= element; });
  if (after == index_->blocks.begin()) return;  // an empty stream
  const IndexEntry& block = *std::prev(after);
  input_->seek(block.offset);
  blocks_ = static_cast<uint64_t>(std::prev(after) - index_->blocks.begin());
  next_element_ = block.first_element;
  dropped_instructions_ = 0;
  ended_ = false;
  load_block();
  std::vector<Reference> skipped(
      std::min<uint64_t>(element - block.first_element, decoder_.left()));
  if (!skipped.empty()) decode(skipped.data(), skipped.size());
}

void NwtReader::decode(Reference* to, size_t count) {
  decoder_.decode(to, count);
  if (decoder_.left() == 0 && decoder_.excess() != 0)
    fail(fmt::format("block {}", blocks_ - 1),
         fmt::format("its codes take {} bytes of deltas {} than it has",
                     std::abs(decoder_.excess()), decoder_.excess() > 0 ? "more" : "less"));
}

bool NwtReader::seek_reference(uint64_t count) {
  if (!seekable()) return false;
  const StreamSummary& held = index_->summary;
  if (held.fetches > 0 || held.controls > 1) return false;
  if (held.controls == 1) {
    seek(held.elements() - 1);
    Reference last;
    if (read(&last, 1) == 0 || last.kind != ReferenceKind::kControl) {
      seek(0);
      return false;
    }
  }
  seek(std::min(count, held.references()));
  return true;
}

void NwtReader::read_file_header() {
  part_offset_ = input_->offset();
  const auto header = peek<FileHeader>("the file header");
  if (checksum_of(header) != header.checksum) fail("the file header", "its checksum is wrong");
  if (header.version != kVersion || header.block_elements != kBlockElements) {
    fail("the file header",
         fmt::format("version {} with blocks of {} elements, expected version "
                     "{} with {}: written by another nestwalk",
                     header.version, header.block_elements, kVersion, kBlockElements));
  }
  input_->consume(sizeof header);
}

void NwtReader::read_index_from_end() {
  constexpr uint64_t kLeast = sizeof(FileHeader) + sizeof(IndexHeader) + sizeof(Trailer);
  const uint64_t size = input_->size();
  if (size < kLeast) fail("the index", "there is none: the file is cut off, or its recording was");
  input_->seek(part_offset_ = size - sizeof(Trailer));
  const Trailer trailer = read_trailer();
  if (trailer.index_offset > size - sizeof(IndexHeader) - sizeof(Trailer)) {
    fail("the trailer", fmt::format("it places the index at byte {}", trailer.index_offset));
  }
  input_->seek(part_offset_ = trailer.index_offset);
  index_ = read_index();
  const uint64_t index_end = input_->offset();
  part_offset_ = size - sizeof(Trailer);
  if (index_end != part_offset_) {
    fail("the trailer", fmt::format("it stands behind an index that ends at byte {}: the file is "
                                    "not one trace",
                                    index_end));
  }
  input_->seek(0);
}

bool NwtReader::next_block() {
  if (ended_) return false;
  part_offset_ = input_->offset();
  if (!input_->fill(sizeof kBlockTag)) {
    fail(block_name(), "the file ends here without an index: it is cut off, or its recording was");
  }
  uint32_t tag = 0;
  std::memcpy(&tag, input_->view().data(), sizeof tag);
  if (tag != kIndexTag) {
    load_block();
    return true;
  }
  Index index = read_index();
  if (index.blocks.size() != blocks_ || index.summary.elements() != next_element_) {
    fail("the index",
         fmt::format("it tells of {} blocks and {} elements, but {} and {} were there",
                     index.blocks.size(), index.summary.elements(), blocks_, next_element_));
  }
  index_ = std::move(index);
  read_trailer();
  if (input_->fill(1)) fail("the trailer", "more bytes follow it");
  ended_ = true;
  return false;
}

void NwtReader::load_block() {
  part_offset_ = input_->offset();
  const auto header = peek<BlockHeader>(block_name());
  if (header.tag != kBlockTag) {
    fail(block_name(), fmt::format("found tag {:#010x}, expected {:#010x}", header.tag, kBlockTag));
  }
  check_block(header);
  const char* const payload = input_->view().data() + sizeof header;
  const auto* const head = reinterpret_cast<const uint8_t*>(payload);
  decompress(head, header.head_bytes, decoder_.room_for_head(header.head_size), header.head_size,
             header.flags & kHeadCompressed);
  decompress(head + header.head_bytes, header.delta_bytes,
             decoder_.room_for_deltas(header.delta_size), header.delta_size,
             header.flags & kDeltasCompressed);
  const std::string wrong = decoder_.begin(header.elements, header.head_size, header.delta_size,
                                           header.flags & kWideCodes);
  if (!wrong.empty()) fail(block_name(), wrong);
  input_->consume(sizeof header + header.head_bytes + header.delta_bytes);
  block_holds_fetches_ = header.flags & kHoldsFetches;
  ++blocks_;
  next_element_ += header.elements;
}

/// The whole block is in the window and as it was written.
void NwtReader::check_block(const BlockHeader& header) const {
  const uint64_t payload = uint64_t{header.head_bytes} + header.delta_bytes;
  if (payload > kLargestPayload) {
    fail(block_name(),
         fmt::format("a payload of {} bytes, expected at most {}", payload, kLargestPayload));
  }
  const uint64_t size = sizeof header + payload;
  if (!input_->fill(size)) {
    fail(block_name(), fmt::format("the file ends at byte {}, the block at {}",
                                   input_->offset() + input_->view().size(), part_offset_ + size));
  }
  const char* const from = input_->view().data() + sizeof header;
  if (checksum(from, payload, checksum_of(header)) != header.checksum) {
    fail(block_name(), fmt::format("its checksum is wrong: a byte from {} to {} is not as written",
                                   part_offset_, part_offset_ + size - 1));
  }
  if (header.number != blocks_ || header.first_element != next_element_) {
    fail(block_name(), fmt::format("it is block {} from element {}, expected element {}",
                                   header.number, header.first_element, next_element_));
  }
  if (header.elements == 0 || header.elements > kBlockElements ||
      header.head_size > kLargestPayload || header.delta_size > kLargestPayload) {
    fail(block_name(), fmt::format("{} elements of {} and {} bytes", header.elements,
                                   header.head_size, header.delta_size));
  }
}

void NwtReader::decompress(const uint8_t* from, size_t bytes, uint8_t* to, size_t size,
                           bool compressed) {
  if (!compressed) {
    if (bytes != size) fail(block_name(), fmt::format("{} bytes, expected {}", bytes, size));
    std::copy_n(from, size, to);
    return;
  }
  const size_t result = ZSTD_decompressDCtx(context_.get(), to, size, from, bytes);
  if (ZSTD_isError(result)) fail(block_name(), ZSTD_getErrorName(result));
  if (result != size) fail(block_name(), fmt::format("{} bytes, expected {}", result, size));
}

Index NwtReader::read_index() {
  part_offset_ = input_->offset();
  const auto header = peek<IndexHeader>("the index");
  const uint64_t bytes = header.payload_bytes;
  if (header.tag != kIndexTag || bytes == 0 || bytes % sizeof(uint64_t) != 0) {
    fail("the index", "its header is damaged");
  }
  input_->consume(sizeof header);
  if (bytes > (uint64_t{1} << 40) || !input_->fill(bytes)) fail("the index", "it is cut off");
  std::vector<uint64_t> words(bytes / sizeof(uint64_t));
  std::memcpy(words.data(), input_->view().data(), bytes);
  input_->consume(bytes);
  if (checksum(words.data(), bytes, checksum_of(header)) != header.checksum) {
    fail("the index", "its checksum is wrong");
  }
  std::optional<Index> index = parse_index(words, header.blocks);
  if (!index) fail("the index", "its counts do not fit its size");
  return std::move(*index);
}

Trailer NwtReader::read_trailer() {
  part_offset_ = input_->offset();
  const auto trailer = peek<Trailer>("the trailer");
  if (std::memcmp(trailer.magic, kTrailerMagic.data(), sizeof trailer.magic) != 0) {
    fail("the trailer", "found other bytes: the file is cut off, or its recording was");
  }
  if (checksum_of(trailer) != trailer.checksum) fail("the trailer", "its checksum is wrong");
  input_->consume(sizeof trailer);
  return trailer;
}

/// Closes the gaps that fetches leave; their instructions go to the element that follows.
size_t NwtReader::drop_fetches(Reference* batch, size_t count) {
  size_t kept = 0;
  uint64_t dropped = dropped_instructions_;
  for (size_t i = 0; i < count; ++i) {
    Reference element = batch[i];
    const bool fetch = element.kind == ReferenceKind::kFetch;
    const uint64_t retired = dropped + element.instructions;
    uint64_t left = retired;
    element.instructions = take_instructions(left);
    dropped = fetch ? retired : left;
    batch[kept] = element;
    kept += !fetch;
  }
  dropped_instructions_ = dropped;
  return kept;
}

template <class Header>
Header NwtReader::peek(const std::string& what) {
  Header header;
  if (!input_->fill(sizeof header)) {
    fail(what, fmt::format("the file ends after {} of its {} bytes", input_->view().size(),
                           sizeof header));
  }
  std::memcpy(&header, input_->view().data(), sizeof header);
  return header;
}

std::string NwtReader::block_name() const {
  return fmt::format("block {}", blocks_);
}

void NwtReader::fail(const std::string& what, const std::string& why) const {
  throw InputError(input_->name(), fmt::format("{} at byte {}: {}", what, part_offset_, why));
}

std::unique_ptr<Stream> read_nwt(std::unique_ptr<ByteBuffer> input, bool fetch) {
  return std::make_unique<NwtReader>(std::move(input), fetch);
}

}  // namespace nestwalk
