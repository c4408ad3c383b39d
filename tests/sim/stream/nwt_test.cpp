// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "sim/stream/control_operation.h"
#include "sim/stream/nwt/checksum.h"
#include "sim/stream/nwt/layout.h"
#include "sim/stream/nwt/nwt_reader.h"
#include "sim/stream/nwt/nwt_writer.h"
#include "sim/stream/trace.h"
#include "sim/stream/trace_writer.h"
#include "tests/sim/stream/streams.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

using test::drain;
using test::input_error;
using testing::HasSubstr;

std::string write_nwt(const std::string& path, const std::vector<Reference>& elements,
                      int level = kDefaultNwtLevel) {
  NwtWriter writer(create_bytes(path), level);
  writer.write(elements.data(), elements.size());
  writer.finish();
  return path;
}

std::unique_ptr<NwtReader> open_nwt(const std::string& path, bool fetch = true) {
  return std::make_unique<NwtReader>(std::make_unique<ByteBuffer>(open_bytes(path), path), fetch);
}

std::string content_of(const TemporaryDirectory& directory,
                       const std::vector<Reference>& elements) {
  write_nwt(directory.path("a.nwt"), elements);
  return directory.read("a.nwt");
}

/// A stream as programs make it: loops over a few arrays with steps of their own, and noise.
std::vector<Reference> loops(uint64_t seed, size_t count) {
  std::vector<Reference> elements(count);
  uint64_t random = seed * 0x9e3779b97f4a7c15 + 1;
  for (size_t i = 0; i < count; ++i) {
    random = random * 6364136223846793005 + 1442695040888963407;
    const uint64_t array = i % (2 + seed % 5);
    const bool noise = random >> 60 == 0;
    elements[i].address = (array + 1) << 36 | (noise ? random >> 34 : i * 8 * array);
    elements[i].instructions = static_cast<uint32_t>(1 + array);
    elements[i].size = static_cast<uint8_t>(1u << (array % 4));
    elements[i].thread = static_cast<uint16_t>(i / 1000 % 3);
    elements[i].kind = static_cast<ReferenceKind>(array % 2);
  }
  return elements;
}

rc::Gen<Reference> any_element() {
  const auto element = rc::gen::build<Reference>(
      rc::gen::set(&Reference::address, rc::gen::arbitrary<uint64_t>()),
      rc::gen::set(&Reference::instructions, rc::gen::arbitrary<uint32_t>()),
      rc::gen::set(&Reference::thread, rc::gen::arbitrary<uint16_t>()),
      rc::gen::set(&Reference::size, rc::gen::inRange<uint8_t>(1, 255)),
      rc::gen::set(&Reference::kind,
                   rc::gen::element(ReferenceKind::kLoad, ReferenceKind::kStore,
                                    ReferenceKind::kFetch, ReferenceKind::kControl)));
  return rc::gen::map(element, [](Reference reference) {
    if (reference.kind == ReferenceKind::kControl) reference.size %= kControlOperations;
    return reference;
  });
}

RC_GTEST_PROP(Nwt, ReturnsArbitraryElementsExactly, ()) {
  const auto elements = *rc::gen::container<std::vector<Reference>>(any_element());
  const auto batch = *rc::gen::inRange<size_t>(1, 100);
  const auto level = *rc::gen::element(0, -1, 1, 19);
  const TemporaryDirectory directory;
  const auto reader = open_nwt(write_nwt(directory.path("a.nwt"), elements, level));
  RC_ASSERT(reader->length() == elements.size());
  RC_ASSERT(drain(*reader, batch) == elements);
}

RC_GTEST_PROP(Nwt, ReturnsLoopsOfManyBlocksExactly, ()) {
  const auto seed = *rc::gen::inRange<uint64_t>(1, 1000);
  const auto count = *rc::gen::inRange<size_t>(1, 300000);
  const auto batch = *rc::gen::inRange<size_t>(1, 70000);
  const auto elements = loops(seed, count);
  const TemporaryDirectory directory;
  const auto reader = open_nwt(write_nwt(directory.path("a.nwt"), elements));
  RC_ASSERT(drain(*reader, batch) == elements);
}

TEST(Nwt, HoldsMoreShapesThanAByteNumbers) {
  std::vector<Reference> elements(3 * nwt::kBlockElements / 2);
  for (size_t i = 0; i < elements.size(); ++i) {
    elements[i].address = i * i;
    elements[i].instructions = static_cast<uint32_t>(i);
  }
  const TemporaryDirectory directory;
  EXPECT_EQ(drain(*open_nwt(write_nwt(directory.path("a.nwt"), elements))), elements);
}

TEST(Nwt, DoesWithTheCodesThatAByteNumbers) {
  // Of 400 differences that all repeat, those that came too late are written as numbers.
  std::vector<Reference> elements(nwt::kBlockElements);
  uint64_t address = uint64_t{1} << 36;
  for (size_t i = 0; i < elements.size(); ++i)
    elements[i].address = address += 4096 * (i * 7 % 400);
  const TemporaryDirectory directory;
  const std::string path = write_nwt(directory.path("a.nwt"), elements);
  nwt::BlockHeader header;
  std::memcpy(&header, directory.read("a.nwt").data() + sizeof(nwt::FileHeader), sizeof header);
  EXPECT_EQ(header.tag, nwt::kBlockTag);
  EXPECT_EQ(header.flags & nwt::kWideCodes, 0U);
  EXPECT_EQ(drain(*open_nwt(path)), elements);
}

TEST(Nwt, LevelsForFastReadingCompressWhatGetsMuchSmaller) {
  // Codes of a byte that differ by four shapes at random: much less than a byte's worth.
  std::vector<Reference> elements(nwt::kBlockElements);
  uint64_t random = 1;
  for (Reference& element : elements) {
    random = random * 6364136223846793005 + 1442695040888963407;
    element.address = 4096;
    element.instructions = 1 + static_cast<uint32_t>(random >> 62);
  }
  const TemporaryDirectory directory;
  write_nwt(directory.path("four.nwt"), elements);
  EXPECT_LT(std::filesystem::file_size(directory.path("four.nwt")), elements.size() * 3 / 4);

  // By 100 shapes: 6.6 bits and more, which is not worth the time of reading, but is kept at
  // level 1.
  for (Reference& element : elements) {
    random = random * 6364136223846793005 + 1442695040888963407;
    element.instructions = 1 + static_cast<uint32_t>((random >> 32) % 100);
  }
  write_nwt(directory.path("fast.nwt"), elements);
  write_nwt(directory.path("small.nwt"), elements, 1);
  EXPECT_GE(std::filesystem::file_size(directory.path("fast.nwt")), elements.size());
  EXPECT_LT(std::filesystem::file_size(directory.path("small.nwt")), elements.size() * 9 / 10);
}

TEST(Nwt, IsSmallForALoop) {
  const TemporaryDirectory directory;
  std::vector<Reference> elements(1000000);
  for (size_t i = 0; i < elements.size(); ++i) elements[i].address = 0x10000 + 8 * i;
  write_nwt(directory.path("a.nwt"), elements);
  EXPECT_LT(std::filesystem::file_size(directory.path("a.nwt")), elements.size() / 50);
}

TEST(Nwt, SeeksToAnyElement) {
  const auto elements = loops(3, 200000);
  const TemporaryDirectory directory;
  const auto reader = open_nwt(write_nwt(directory.path("a.nwt"), elements));
  for (const size_t at : {0, 1, 31, 32, 65535, 65536, 65537, 131072, 199999, 200000, 70000, 3}) {
    reader->seek(at);
    const std::vector<Reference> rest(elements.begin() + static_cast<ptrdiff_t>(at),
                                      elements.end());
    ASSERT_EQ(drain(*reader), rest) << "from " << at;
  }
}

TEST(Nwt, SkipsElementsAsReadingThemDoes) {
  using test::fetch;
  using test::load;
  std::vector<Reference> elements = loops(5, 150000);
  const TemporaryDirectory directory;
  const auto skipped = [&](const std::string& path, bool fetches, uint64_t read, uint64_t count) {
    const auto reader = open_nwt(path, fetches);
    std::vector<Reference> batch(read);
    for (uint64_t at = 0; at < read; at += reader->read(batch.data(), read - at)) continue;
    reader->skip(count);
    return drain(*reader);
  };
  const auto rest = [&](const std::string& path, bool fetches, uint64_t from) {
    const std::vector<Reference> all = drain(*open_nwt(path, fetches));
    return std::vector<Reference>(all.begin() + static_cast<ptrdiff_t>(std::min(from, all.size())),
                                  all.end());
  };
  const std::string path = write_nwt(directory.path("a.nwt"), elements);
  elements.insert(elements.begin() + 70000, {fetch(0x1000, 3), fetch(0x1004, 2), load(0x9000, 0)});
  const std::string with_fetches = write_nwt(directory.path("fetches.nwt"), elements);
  for (const uint64_t read : {0, 1, 70001, 149999})
    for (const uint64_t count : {0, 1, 65535, 65536, 80000, 150001})
      for (const bool fetches : {true, false})
        for (const std::string& file : {path, with_fetches})
          ASSERT_EQ(skipped(file, fetches, read, count), rest(file, fetches, read + count))
              << read << ", " << count << ", " << fetches << " " << file;
  const auto reader = open_nwt(path);
  reader->skip(~uint64_t{0});
  EXPECT_TRUE(drain(*reader).empty());
}

TEST(Nwt, LeavesFetchesOutButCountsTheirInstructions) {
  using test::fetch;
  using test::load;
  const std::vector<Reference> elements{fetch(0x1000, 1), fetch(0x1004, 2), load(0x9000, 0),
                                        load(0x9008, 0), fetch(0x1008, 1)};
  const TemporaryDirectory directory;
  const std::string path = write_nwt(directory.path("a.nwt"), elements);
  EXPECT_EQ(drain(*open_nwt(path, true)), elements);
  const auto reader = open_nwt(path, false);
  EXPECT_EQ(reader->length(), 2u);
  const Reference retire{0, 1, 0, static_cast<uint8_t>(ControlOperation::kRetire),
                         ReferenceKind::kControl};
  EXPECT_EQ(drain(*reader), (std::vector<Reference>{load(0x9000, 3), load(0x9008, 0), retire}));
}

TEST(Nwt, NumbersThreadsByWhatItDoesNotLeaveOut) {
  using test::fetch;
  using test::load;
  const std::vector<Reference> elements{fetch(0x1000, 1, 4, 0), load(1, 0, 1, 1),
                                        fetch(0x1004, 1, 4, 0), load(2, 0, 1, 0)};
  const TemporaryDirectory directory;
  const std::string path = write_nwt(directory.path("a.nwt"), elements);
  EXPECT_EQ(drain(*open_nwt(path, true)), elements);
  for (const size_t batch : {1, 4096})
    EXPECT_EQ(drain(*open_nwt(path, false), batch),
              (std::vector<Reference>{load(1, 1, 1, 0), load(2, 1, 1, 1)}));
}

TEST(Nwt, LosesNoInstructionsOfTheFetchesThatItLeavesOut) {
  using test::fetch;
  using test::load;
  const auto retire = [](uint32_t instructions) {
    return Reference{0, instructions, 0, static_cast<uint8_t>(ControlOperation::kRetire),
                     ReferenceKind::kControl};
  };
  const std::vector<Reference> fetches(3, fetch(0x1000, UINT32_MAX));
  std::vector<Reference> elements = fetches;
  elements.insert(elements.end(), {load(1, 5), load(2, 0)});
  elements.insert(elements.end(), fetches.begin(), fetches.end());
  const TemporaryDirectory directory;
  const std::string path = write_nwt(directory.path("a.nwt"), elements);
  for (const size_t batch : {1, 4096})
    EXPECT_EQ(drain(*open_nwt(path, false), batch),
              (std::vector<Reference>{load(1, UINT32_MAX), load(2, UINT32_MAX), retire(UINT32_MAX),
                                      retire(UINT32_MAX), retire(UINT32_MAX), retire(UINT32_MAX),
                                      retire(5)}));
}

TEST(Nwt, IsNotTakenForACutFileWhereItIsNone) {
  const TemporaryDirectory directory;
  const std::string path = directory.write("a.txt", std::string(200, 'R'));
  EXPECT_THAT(input_error([&] { open_nwt(path); }), HasSubstr("this is no .nwt"));
}

TEST(Nwt, KnowsItsRangesAndPrimaryRegion) {
  constexpr uint64_t kGiB = uint64_t{1} << 30;
  std::vector<Reference> elements;
  for (uint64_t i = 0; i < 100; ++i) elements.push_back(test::load(0x5000 + i));
  // A gap of 1 GiB less a page joins, one of 1 GiB parts.
  const uint64_t heap = 100 * kGiB;
  for (uint64_t i = 0; i < 60; ++i) elements.push_back(test::store(heap + i));
  for (uint64_t i = 0; i < 60; ++i) elements.push_back(test::load(heap + kGiB + i));
  const uint64_t beyond = heap + kGiB + 0x1000 + kGiB;
  for (uint64_t i = 0; i < 50; ++i) elements.push_back(test::load(beyond + i));
  const TemporaryDirectory directory;
  const auto reader = open_nwt(write_nwt(directory.path("a.nwt"), elements));
  const auto region = reader->primary_region();
  ASSERT_TRUE(region);
  EXPECT_EQ(region->base.value(), heap);
  EXPECT_EQ(region->limit.value(), heap + kGiB + 0x1000);
  const auto ranges = reader->touched();
  ASSERT_EQ(ranges.size(), 4u);
  EXPECT_EQ(ranges[0].base.value(), 0x5000u);
  EXPECT_EQ(ranges[0].limit.value(), 0x6000u);
  EXPECT_EQ(ranges[3].base.value(), beyond);
  ASSERT_EQ(reader->summary()->clusters.size(), 3u);
  EXPECT_EQ(reader->summary()->clusters[1].references, 120u);
  EXPECT_EQ(reader->summary()->clusters[1].pages, 2u);
  EXPECT_EQ(reader->summary()->stores, 60u);
}

TEST(Nwt, IsReadFromAPipe) {
  const auto elements = loops(2, 150000);
  const TemporaryDirectory directory;
  const std::string content = content_of(directory, elements);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::thread feeder([&] {
    for (size_t at = 0; at < content.size();) {
      at += static_cast<size_t>(::write(ends[1], content.data() + at, content.size() - at));
    }
    ::close(ends[1]);
  });
  const auto reader = open_nwt(fmt::format("/dev/fd/{}", ends[0]));
  EXPECT_FALSE(reader->seekable());
  EXPECT_FALSE(reader->primary_region());
  EXPECT_EQ(drain(*reader), elements);
  EXPECT_TRUE(reader->primary_region());
  feeder.join();
  ::close(ends[0]);
}

/// Opens and reads `content` whole, as a file or as a pipe would give it.
std::vector<Reference> read_whole(const std::string& content, bool seekable) {
  class Memory : public ByteSource {
   public:
    Memory(const std::string& content_of, bool seekable_too)
        : content_(content_of), seekable_(seekable_too) {}
    size_t read(char* to, size_t capacity) override {
      const size_t count = content_.copy(to, capacity, at_);
      at_ += count;
      return count;
    }
    bool seekable() const override { return seekable_; }
    uint64_t size() const override { return content_.size(); }
    void seek(uint64_t offset) override { at_ = offset; }

   private:
    const std::string& content_;
    bool seekable_;
    size_t at_ = 0;
  };
  NwtReader reader(
      std::make_unique<ByteBuffer>(std::make_unique<Memory>(content, seekable), "a.nwt"), true);
  return drain(reader);
}

TEST(Nwt, NoticesEveryDamagedByte) {
  const TemporaryDirectory directory;
  const std::string good = content_of(directory, loops(1, 1500));
  ASSERT_LT(good.size(), 4000u);
  read_whole(good, true);
  read_whole(good, false);
  for (size_t at = 0; at < good.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      EXPECT_THROW(read_whole(bad, true), InputError) << "byte " << at << " of the file";
      EXPECT_THROW(read_whole(bad, false), InputError) << "byte " << at << " of the pipe";
    }
  }
}

TEST(Nwt, NoticesEveryTruncation) {
  const TemporaryDirectory directory;
  const std::string good = content_of(directory, loops(1, 300));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THROW(read_whole(good.substr(0, size), true), InputError) << size;
    EXPECT_THROW(read_whole(good.substr(0, size), false), InputError) << size;
  }
  EXPECT_THROW(read_whole(good + "x", false), InputError);
}

TEST(Nwt, TwoTracesInAFileAreRefusedWhereItIsOpened) {
  const TemporaryDirectory directory;
  const std::string one = content_of(directory, loops(1, 300));
  const std::string path = directory.write("two.nwt", one + one);
  EXPECT_THAT(input_error([&] { open_nwt(path); }),
              HasSubstr(fmt::format("the trailer at byte {}: it stands behind an index that ends "
                                    "at byte {}: the file is not one trace",
                                    2 * one.size() - sizeof(nwt::Trailer),
                                    one.size() - sizeof(nwt::Trailer))));
  EXPECT_THAT(input_error([&] { read_whole(one + one, false); }),
              HasSubstr("more bytes follow it"));
}

TEST(Nwt, SaysThatAnotherVersionWroteIt) {
  const TemporaryDirectory directory;
  std::string content = content_of(directory, loops(1, 300));
  nwt::FileHeader header;
  std::memcpy(&header, content.data(), sizeof header);
  ++header.version;
  header.checksum = nwt::checksum_of(header);
  std::memcpy(content.data(), &header, sizeof header);
  for (const bool seekable : {true, false})
    EXPECT_THAT(input_error([&] { read_whole(content, seekable); }),
                HasSubstr("a.nwt: the file header at byte 0: version 2 with blocks of 65536 "
                          "elements, expected version 1 with 65536: written by another nestwalk"));
}

TEST(Nwt, NamesTheDamagedBlock) {
  const TemporaryDirectory directory;
  std::string content = content_of(directory, loops(5, 200000));
  const size_t second = content.find("BLCK", content.find("BLCK") + 4);
  content[second + 100] ^= 1;
  const std::string message = input_error([&] { read_whole(content, true); });
  EXPECT_THAT(message, HasSubstr(fmt::format("block 1 at byte {}", second)));
  EXPECT_THAT(message, HasSubstr("checksum"));
}

// What a block may hold and this version has no name for.
TEST(Nwt, AnOperationOfALaterVersionIsKeptButNotTurnedIntoText) {
  const TemporaryDirectory directory;
  Reference later;
  later.kind = ReferenceKind::kControl;
  later.size = 200;
  const std::unique_ptr<NwtReader> reader = open_nwt(write_nwt(directory.path("a.nwt"), {later}));
  const std::vector<Reference> found = drain(*reader);
  EXPECT_THAT(found, testing::ElementsAre(later));
  const auto text = create_trace(directory.path("a.txt"), TraceFormat::kText);
  EXPECT_THAT(input_error([&] { text->write(found.data(), found.size()); }),
              HasSubstr("unknown control operation, number 200"));
}

/// Makes the checksum of the part at `at` the right one.
template <class Header>
void correct(std::string& content, size_t at) {
  Header header;
  std::memcpy(&header, content.data() + at, sizeof header);
  uint64_t payload = 0;
  if constexpr (std::is_same_v<Header, nwt::BlockHeader>)
    payload = uint64_t{header.head_bytes} + header.delta_bytes;
  else
    payload = header.payload_bytes;
  if (payload > content.size() - at - sizeof header) return;
  header.checksum =
      nwt::checksum(content.data() + at + sizeof header, payload, nwt::checksum_of(header));
  std::memcpy(content.data() + at, &header, sizeof header);
}

TEST(Nwt, ReadsOrRefusesWhatIsWrongUnderARightChecksum) {
  const TemporaryDirectory directory;
  write_nwt(directory.path("a.nwt"), loops(1, 100), 0);
  const std::string good = directory.read("a.nwt");
  const size_t block = good.find("BLCK");
  const size_t index = good.find("INDX");
  const size_t end = good.size() - sizeof(nwt::Trailer);
  for (size_t at = block; at < end; ++at) {
    for (const int value : {0, 1, 0x7f, 0xff}) {
      std::string bad = good;
      bad[at] = static_cast<char>(value);
      if (at < index)
        correct<nwt::BlockHeader>(bad, block);
      else
        correct<nwt::IndexHeader>(bad, index);
      for (const bool seekable : {true, false}) {
        try {
          const std::vector<Reference> found = read_whole(bad, seekable);
          ASSERT_LE(found.size(), nwt::kBlockElements) << "byte " << at;
          for (const Reference& element : found)
            ASSERT_LE(element.kind, ReferenceKind::kControl) << "byte " << at;
        } catch (const InputError&) {
        }
      }
    }
  }
}

/// Codes that use other deltas than there are, as no writer leaves them, would give other
/// addresses.
TEST(Nwt, RefusesABlockWhoseCodesDoNotUseUpItsDeltas) {
  const TemporaryDirectory directory;
  std::string content = content_of(directory, {{0x7f0000001000, 1, 0, 8, ReferenceKind::kLoad},
                                               {0x10, 1, 0, 8, ReferenceKind::kLoad}});
  const size_t block = content.find("BLCK");
  nwt::BlockHeader header;
  std::memcpy(&header, content.data() + block, sizeof header);
  ASSERT_EQ(header.flags & nwt::kDeltasCompressed, 0);
  ASSERT_GT(header.delta_size, 2U);
  content.insert(block + sizeof header + header.head_bytes + header.delta_bytes, "\0", 1);
  ++header.delta_bytes;
  ++header.delta_size;
  std::memcpy(content.data() + block, &header, sizeof header);
  correct<nwt::BlockHeader>(content, block);
  EXPECT_THAT(input_error([&] { read_whole(content, false); }),
              HasSubstr("block 0 at byte 24: its codes take 1 bytes of deltas less than it has"));
}

TEST(Nwt, RefusesElementsOfNoKind) {
  const TemporaryDirectory directory;
  std::string content = content_of(directory, {Reference{}});
  // As NwtWriter would write it, were it let.
  const size_t block = content.find("BLCK");
  content[block + sizeof(nwt::BlockHeader) + 1 + 7] = 7;
  correct<nwt::BlockHeader>(content, block);
  EXPECT_THAT(input_error([&] { read_whole(content, true); }),
              HasSubstr("block 0 at byte 24: elements of kind 7, expected 0 to 3"));
}

TEST(Nwt, LeavesNoFileBehindUnlessFinished) {
  const TemporaryDirectory directory;
  {
    NwtWriter writer(create_bytes(directory.path("a.nwt")));
    const std::vector<Reference> elements = loops(1, 200000);
    writer.write(elements.data(), elements.size());
    EXPECT_TRUE(directory.names().empty()) << "as a killed process would leave it";
  }
  EXPECT_TRUE(directory.names().empty());
}

TEST(Nwt, TakesTheNameAndModeOfTheFileThatItReplaces) {
  const TemporaryDirectory directory;
  const std::string path = directory.write("a.nwt", "old");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  write_nwt(path, loops(1, 100));
  EXPECT_EQ(directory.names(), std::vector<std::string>{"a.nwt"});
  EXPECT_EQ(drain(*open_nwt(path)), loops(1, 100));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

}  // namespace
}  // namespace nestwalk
