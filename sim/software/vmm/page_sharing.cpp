// SPDX-License-Identifier: Apache-2.0
#include "sim/software/vmm/page_sharing.h"

#include <unordered_map>

namespace nestwalk {
namespace {

struct Page {
  VirtualMachine* vm;
  uint64_t frame;

  uint64_t host() const { return *vm->host_frame(frame); }
};

}  // namespace

uint64_t share_pages(const std::vector<VirtualMachine*>& vms, Ledger& ledger) {
  std::unordered_map<uint64_t, Page> known;  // by the hash of what they hold
  uint64_t shared = 0;
  for (VirtualMachine* const vm : vms) {
    const FrameContents& contents = vm->host().contents();
    vm->for_each_backed([&](uint64_t frame) {
      const auto host = vm->host_frame(frame);
      if (!host || !contents.is_written(*host)) return;
      const Page page{vm, frame};
      const auto [twin, is_new] = known.try_emplace(contents.hash(*host), page);
      if (is_new || twin->second.host() == *host) return;
      ledger.charge(Operation::kCompare);
      if (!contents.same(*host, twin->second.host())) return;
      const Page& other = twin->second;
      if (!vm->open_both(frame, *other.vm, other.frame, LimitedOperation::kPageSharing)) {
        if (!vm->in_segment(frame)) twin->second = page;  // nothing limits it: others may join it
        return;
      }
      vm->share(frame, *other.vm, other.frame);
      ++ledger.limited(LimitedOperation::kPageSharing).done;
      ++shared;
    });
  }
  return shared;
}

}  // namespace nestwalk
