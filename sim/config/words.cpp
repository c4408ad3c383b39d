// SPDX-License-Identifier: Apache-2.0
#include "sim/config/words.h"

namespace nestwalk {

template <>
const std::vector<Word<Mode>>& words<Mode>() {
  static const std::vector<Word<Mode>> all{
      {Mode::kNative, "native"},
      {Mode::kNativeDirect, "native-direct"},
      {Mode::kBaseVirtualized, "base-virtualized"},
      {Mode::kDualDirect, "dual-direct"},
      {Mode::kVmmDirect, "vmm-direct"},
      {Mode::kGuestDirect, "guest-direct"},
  };
  return all;
}

template <>
const std::vector<Word<GuestPages>>& words<GuestPages>() {
  static const std::vector<Word<GuestPages>> all{{GuestPages::k4K, "4K"},
                                                 {GuestPages::k2M, "2M"},
                                                 {GuestPages::k1G, "1G"},
                                                 {GuestPages::kThp, "THP"}};
  return all;
}

template <>
const std::vector<Word<PageSize>>& words<PageSize>() {
  static const std::vector<Word<PageSize>> all{
      {PageSize::k4K, "4K"}, {PageSize::k2M, "2M"}, {PageSize::k1G, "1G"}};
  return all;
}

template <>
const std::vector<Word<Timing>>& words<Timing>() {
  static const std::vector<Word<Timing>> all{{Timing::kLoose, "lt"}, {Timing::kApproximate, "at"}};
  return all;
}

template <>
const std::vector<Word<BesideAs>>& words<BesideAs>() {
  static const std::vector<Word<BesideAs>> all{{BesideAs::kVms, "vms"},
                                               {BesideAs::kProcesses, "processes"}};
  return all;
}

template <>
const std::vector<Word<SegmentUnit>>& words<SegmentUnit>() {
  static const std::vector<Word<SegmentUnit>> all{{SegmentUnit::kModel, "model"},
                                                  {SegmentUnit::kRtl, "rtl"}};
  return all;
}

template <>
const std::vector<Word<NestedFormat>>& words<NestedFormat>() {
  static const std::vector<Word<NestedFormat>> all{{NestedFormat::kEpt, "ept"},
                                                   {NestedFormat::kNpt, "npt"}};
  return all;
}

template <>
const std::vector<Word<AccessKind>>& words<AccessKind>() {
  static const std::vector<Word<AccessKind>> all{
      {AccessKind::kRead, "r"}, {AccessKind::kWrite, "w"}, {AccessKind::kExecute, "x"}};
  return all;
}

template <>
const std::vector<Word<NestedTlbKind>>& words<NestedTlbKind>() {
  static const std::vector<Word<NestedTlbKind>> all{{NestedTlbKind::kShared, "shared"},
                                                    {NestedTlbKind::kDedicated, "dedicated"},
                                                    {NestedTlbKind::kNone, "none"}};
  return all;
}

template <>
const std::vector<Word<NestedTlbFill>>& words<NestedTlbFill>() {
  static const std::vector<Word<NestedTlbFill>> all{{NestedTlbFill::kAll, "all"},
                                                    {NestedTlbFill::kTables, "tables"}};
  return all;
}

template <>
const std::vector<Word<Replacement>>& words<Replacement>() {
  static const std::vector<Word<Replacement>> all{{Replacement::kLru, "lru"},
                                                  {Replacement::kTreePlru, "tree-plru"},
                                                  {Replacement::kRandom, "random"}};
  return all;
}

template <>
const std::vector<Word<SoftwareModel>>& words<SoftwareModel>() {
  static const std::vector<Word<SoftwareModel>> all{{SoftwareModel::kFixed, "fixed"},
                                                    {SoftwareModel::kManaged, "managed"}};
  return all;
}

template <>
const std::vector<Word<LimitAction>>& words<LimitAction>() {
  static const std::vector<Word<LimitAction>> all{{LimitAction::kRefuse, "refuse"},
                                                  {LimitAction::kEscape, "escape"},
                                                  {LimitAction::kLeave, "leave"}};
  return all;
}

template <>
const std::vector<Word<Operation>>& words<Operation>() {
  static const std::vector<Word<Operation>> all{{Operation::kPageCopy, "page_copy"},
                                                {Operation::kShootdown, "shootdown"},
                                                {Operation::kRegisterWrite, "register_write"},
                                                {Operation::kBalloonPage, "balloon_page"},
                                                {Operation::kHotPlug, "hot_plug"},
                                                {Operation::kCompare, "compare"},
                                                {Operation::kSwapOut, "swap_out"},
                                                {Operation::kSwapIn, "swap_in"}};
  return all;
}

template <>
const std::vector<Word<LimitedOperation>>& words<LimitedOperation>() {
  static const std::vector<Word<LimitedOperation>> all{
      {LimitedOperation::kPageSharing, "page_sharing"},
      {LimitedOperation::kBallooning, "ballooning"},
      {LimitedOperation::kVmmSwapping, "vmm_swapping"},
      {LimitedOperation::kLiveMigration, "live_migration"},
      {LimitedOperation::kGuestSwapping, "guest_swapping"}};
  return all;
}

}  // namespace nestwalk
