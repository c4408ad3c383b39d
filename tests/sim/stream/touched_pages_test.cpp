// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/touched_pages.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <map>
#include <set>

#include "sim/stream/footprint.h"
#include "sim/stream/nwt/nwt_writer.h"
#include "tests/sim/stream/streams.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

using test::load;

constexpr uint64_t kGiB = uint64_t{1} << 30;

TEST(TouchedPages, CountsBothPagesOfAnAccessThatCrosses) {
  TouchedPages pages;
  const Reference crossing = load(0x1ffc, 1, 8);
  pages.touch(&crossing, 1);
  EXPECT_EQ(pages.pages(), 2u);
  ASSERT_EQ(pages.clusters().size(), 1u);
  EXPECT_EQ(pages.clusters()[0].references, 1u);
}

TEST(TouchedPages, OnlyLoadsAndStoresTouch) {
  TouchedPages pages;
  Reference control = load(0x5000);
  control.kind = ReferenceKind::kControl;
  const std::vector<Reference> elements{test::fetch(0x1000), control, load(9 * kGiB)};
  pages.touch(elements.data(), elements.size());
  const auto clusters = pages.clusters();
  EXPECT_EQ(pages.pages(), 1u);
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_EQ(primary_region(clusters)->base.value(), 9 * kGiB);
}

/// A limit behind the last page would be 2^64.
TEST(TouchedPages, TheLastPageOfAllIsCountedButInNoRange) {
  constexpr uint64_t kLastPage = ~uint64_t{0} << 12;
  const std::vector<Reference> elements{load(kLastPage), load(kLastPage + 8)};
  TouchedPages last;
  last.touch(elements.data(), elements.size());
  EXPECT_EQ(last.pages(), 1u);
  EXPECT_TRUE(last.ranges().empty());
  EXPECT_TRUE(last.clusters().empty());
  EXPECT_FALSE(primary_region(last.clusters()));
  const Reference elsewhere = load(kGiB);
  last.touch(&elsewhere, 1);
  EXPECT_EQ(primary_region(last.clusters())->base.value(), kGiB);

  const std::vector<Reference> before{load(kLastPage - 4096), load(kLastPage)};
  TouchedPages two;
  two.touch(before.data(), before.size());
  EXPECT_EQ(two.pages(), 2u);
  ASSERT_EQ(two.ranges().size(), 1u);
  EXPECT_EQ(two.ranges()[0].base.value(), kLastPage - 4096);
  EXPECT_EQ(two.ranges()[0].limit.value(), kLastPage);
  EXPECT_EQ(primary_region(two.clusters())->limit.value(), kLastPage);
}

RC_GTEST_PROP(TouchedPages, AgreesWithAPlainCount, ()) {
  const auto numbers = *rc::gen::container<std::vector<uint32_t>>(rc::gen::arbitrary<uint32_t>());
  std::vector<Reference> elements;
  std::set<uint64_t> touched;
  // Pages that are near and far, so that runs, gaps under and over 1 GiB all occur.
  for (const uint32_t number : numbers) {
    const uint64_t page = (number % 5) * (kGiB >> 12) * 3 / 2 + number / 5 % 700 * (number % 3);
    elements.push_back(load(page << 12));
    touched.insert(page);
  }
  TouchedPages pages;
  pages.touch(elements.data(), elements.size());
  RC_ASSERT(pages.pages() == touched.size());

  std::vector<Cluster> expected;
  for (const uint64_t page : touched) {
    const GuestVirtual base(page << 12);
    if (expected.empty() || base - expected.back().range.limit >= kGiB) {
      expected.push_back({{base, base}, 0, 0});
    }
    expected.back().range.limit = base + 4096;
    ++expected.back().pages;
  }
  const auto clusters = pages.clusters();
  RC_ASSERT(clusters.size() == expected.size());
  uint64_t references = 0;
  for (size_t i = 0; i < clusters.size(); ++i) {
    RC_ASSERT(clusters[i].range.base == expected[i].range.base);
    RC_ASSERT(clusters[i].range.limit == expected[i].range.limit);
    RC_ASSERT(clusters[i].pages == expected[i].pages);
    references += clusters[i].references;
  }
  RC_ASSERT(references == elements.size());

  const auto most = *rc::gen::inRange<size_t>(1, 20);
  const auto ranges = pages.ranges(most);
  RC_ASSERT(ranges.size() <= most);
  for (size_t i = 1; i < ranges.size(); ++i) RC_ASSERT(ranges[i - 1].limit < ranges[i].base);
  for (const uint64_t page : touched) {
    const GuestVirtual address(page << 12);
    RC_ASSERT(std::any_of(ranges.begin(), ranges.end(), [address](const VirtualRange& range) {
      return range.base <= address && address < range.limit;
    }));
  }
}

TEST(Footprint, IsFoundInOnePassOrInTheIndex) {
  const TemporaryDirectory directory;
  std::string text = "R 1000 8\n";
  for (int i = 0; i < 10; ++i) text += "W 7f0000001ff8 8\nR 7f0000000000 8\n";
  const std::string path = directory.write("trace", text);
  const Footprint found = find_footprint(path);
  ASSERT_TRUE(found.primary_region);
  EXPECT_EQ(found.primary_region->base.value(), 0x7f0000000000u);
  EXPECT_EQ(found.primary_region->limit.value(), 0x7f0000002000u);
  ASSERT_EQ(found.touched.size(), 2u);
  EXPECT_EQ(found.touched[0].base.value(), 0x1000u);
  EXPECT_EQ(found.touched[0].limit.value(), 0x2000u);

  const auto stream = open_trace(path);
  const auto elements = test::drain(*stream);
  NwtWriter writer(create_bytes(directory.path("a.nwt")));
  writer.write(elements.data(), elements.size());
  writer.finish();
  const Footprint indexed = find_footprint(directory.path("a.nwt"));
  EXPECT_EQ(indexed.primary_region->base, found.primary_region->base);
  EXPECT_EQ(indexed.primary_region->limit, found.primary_region->limit);
  ASSERT_EQ(indexed.touched.size(), 2u);
  EXPECT_EQ(indexed.touched[1].limit, found.touched[1].limit);
}

TEST(Footprint, IsNotSoughtInWhatCanBeReadOnce) {
  const TemporaryDirectory directory;
  const std::string fifo = directory.path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {std::string("-"), fifo})
    EXPECT_THROW(find_footprint(path), InputError) << path;
}

}  // namespace
}  // namespace nestwalk
