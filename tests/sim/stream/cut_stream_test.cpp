// SPDX-License-Identifier: Apache-2.0
#include "sim/stream/cut_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/stream/trace.h"
#include "sim/stream/trace_writer.h"
#include "tests/sim/stream/streams.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

using test::drain;
using test::fetch;
using test::input_error;
using test::load;
using test::store;
using References = std::vector<Reference>;

class Cuts : public testing::Test {
 protected:
  References cut(const std::string& trace, const Cut& cut, bool fetches = false,
                 size_t batch = 3) const {
    TraceOptions options;
    options.fetch = fetches;
    return drain(*cut_stream(open_trace(trace, options), cut), batch);
  }
  std::string text(const std::string& content) const { return directory_.write("t.txt", content); }
  std::string nwt(const References& elements) const {
    const std::string path = directory_.path("t.nwt");
    const auto writer = create_trace(path, TraceFormat::kNwt);
    writer->write(elements.data(), elements.size());
    writer->finish();
    return path;
  }

  TemporaryDirectory directory_;
};

Reference control(ControlOperation operation, uint64_t operand, uint32_t instructions = 0,
                  uint16_t thread = 0) {
  return {operand, instructions, thread, static_cast<uint8_t>(operation), ReferenceKind::kControl};
}

TEST_F(Cuts, AllIsTheStreamItself) {
  EXPECT_EQ(cut(text("R 1\nC invpcid-all\nR 2\nC invpcid-all\n"), {}).size(), 4u);
}

TEST_F(Cuts, RetireIsOfNoThreadOfItsOwn) {
  const auto load_of = [](uint64_t address, uint16_t thread) {
    return Reference{address, 1, thread, 8, ReferenceKind::kLoad};
  };
  const Reference last = control(ControlOperation::kRetire, 0, 1000);
  EXPECT_EQ(cut(nwt({load_of(1, 0), load_of(2, 1), last}), {1, std::nullopt}),
            (References{load_of(2, 0), last}));
  const References fetches{load_of(1, 0), fetch(0x100, 1000, 4), load_of(2, 1), load_of(3, 0),
                           fetch(0x104, 1000, 4)};
  EXPECT_EQ(cut(nwt(fetches), {1, std::nullopt}),
            (References{{2, 1001, 0, 8, ReferenceKind::kLoad},
                        load_of(3, 1),
                        control(ControlOperation::kRetire, 0, 1000, 1)}));
}

TEST_F(Cuts, CountsDataReferencesOnly) {
  const std::string trace = text(
      "F 100 4\nR 1\nF 104 4\nF 108 4\nW 2\nC invpcid-all\nF 10c 4\nF 110 4\nR 3\nF 114 4\nW 4\n"
      "F 118 4\nR 5\n");
  EXPECT_EQ(cut(trace, {1, 2}),
            (References{store(2, 2), control(ControlOperation::kInvpcidAll, 0), load(3, 2)}));
  EXPECT_EQ(cut(trace, {1, 2}, true),
            (References{fetch(0x104, 1, 4), fetch(0x108, 1, 4), store(2, 0),
                        control(ControlOperation::kInvpcidAll, 0), fetch(0x10c, 1, 4),
                        fetch(0x110, 1, 4), load(3, 0)}));
  EXPECT_EQ(cut(trace, {4, {}}), (References{load(5, 1)}));
  EXPECT_EQ(cut(trace, {0, 1}), (References{load(1, 1)}));
  EXPECT_EQ(cut(trace, {0, 100}).size(), 6u);
}

TEST_F(Cuts, KeepTheRegisterWritesOfWhatIsSkipped) {
  const std::string trace = text(
      "C cr3 0x1005 i3\nR 1\nC invlpg 0x2000 i1\nC vpid 2\nR 2 i4\nC cr3 0x2006 i9\nC invpcid-all\n"
      "R 3 i2\n");
  EXPECT_EQ(
      cut(trace, {2, {}}),
      (References{control(ControlOperation::kCr3, 0x1005), control(ControlOperation::kVpid, 2),
                  control(ControlOperation::kCr3, 0x2006, 9),
                  control(ControlOperation::kInvpcidAll, 0), load(3, 2)}));
  EXPECT_EQ(cut(trace, {1, 1}), (References{control(ControlOperation::kCr3, 0x1005),
                                            control(ControlOperation::kInvlpg, 0x2000, 1),
                                            control(ControlOperation::kVpid, 2), load(2, 4)}));
}

TEST_F(Cuts, NumberThreadsAnew) {
  EXPECT_EQ(cut(text("R 1\nR 2 t8\nR 3 t9\nR 4 t8\nR 5\n"), {2, {}}),
            (References{load(3, 1, 1, 0), load(4, 1, 1, 1), load(5, 1, 1, 2)}));
}

TEST_F(Cuts, EndsOfTheStreamAreNoPlacesToBegin) {
  const std::string trace = text("R 1\nR 2\n");
  EXPECT_TRUE(cut(trace, {2, {}}).empty());
  for (const std::string& path : {trace, nwt({load(1), load(2)})})
    EXPECT_EQ(input_error([&] {
                cut(path, {3, 5});
              }),
              "skip: the stream ends after 2 data references, before 3 are skipped");
}

TEST_F(Cuts, OfNwtWithOneControlOperationAreExact) {
  // Where it is the last element the file is not read from its start.
  const Reference one = control(ControlOperation::kCr3, 0x1005, 7);
  for (const References& elements :
       {References{load(1), load(2), load(3), one}, References{load(1), one, load(2), load(3)}}) {
    const std::string trace = nwt(elements);
    const bool last = elements.back().kind == ReferenceKind::kControl;
    const Reference kept = control(ControlOperation::kCr3, 0x1005);
    EXPECT_EQ(cut(trace, {2, {}}), (last ? References{load(3), one} : References{kept, load(3)}));
    EXPECT_EQ(cut(trace, {3, {}}), (References{last ? one : kept}));
    EXPECT_EQ(cut(trace, {1, 1}), (last ? References{load(2)} : References{one, load(2)}));
    EXPECT_THROW(cut(trace, {4, {}}), InputError);
  }
}

RC_GTEST_FIXTURE_PROP(Cuts, OfNwtAreExact, ()) {
  const auto any_kind = rc::gen::weightedElement<ReferenceKind>({{8, ReferenceKind::kLoad},
                                                                 {8, ReferenceKind::kStore},
                                                                 {1, ReferenceKind::kFetch},
                                                                 {1, ReferenceKind::kControl}});
  const bool data_alone = *rc::gen::arbitrary<bool>();  // then the file is not read from its start
  std::vector<ReferenceKind> kinds{ReferenceKind::kLoad};
  for (int i = *rc::gen::inRange(0, 50); i > 0; --i)
    kinds.push_back(data_alone ? ReferenceKind::kStore : *any_kind);
  References elements;
  uint64_t data = 0;
  for (size_t i = *rc::gen::inRange<size_t>(1, 200000); i > 0; --i) {
    elements.push_back(
        {8 * i, 1, 0, 8, kinds[i % kinds.size()]});  // a control one: invvpid-address
    data += is_data(elements.back());
  }
  const auto skipped = *rc::gen::inRange<uint64_t>(0, data + 1);
  const auto taken = *rc::gen::inRange<uint64_t>(1, data + 2);

  References expected;
  uint64_t seen = 0;
  for (const Reference& element : elements) {
    if (seen >= skipped && seen < skipped + taken) expected.push_back(element);
    seen += is_data(element);
  }
  RC_ASSERT(cut(nwt(elements), {skipped, taken}, true, 4096) == expected);
}

}  // namespace
}  // namespace nestwalk
