// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "model/context/translation_context.h"

namespace nestwalk {

/// A dense name of (VPID, nested root, PCID, paging mode) that fits a TLB tag. 0 tags nothing.
enum class ContextTag : uint16_t { kNone = 0 };

/// The tags under which the running context's entries are kept and found (Intel SDM vol. 3, 29.4.1:
/// combined mappings belong to VPID, PCID and nested root; guest-physical ones to the root alone,
/// here to the VM as well). All belong to the paging mode too (CR0.WP, EFER.NXE, CR4.SMEP, ...):
/// it decides what rights entries of the same tables give.
struct ContextTags {
  ContextTag linear{};  ///< Of gVA -> hPA entries of this process.
  ContextTag global{};  ///< Of such entries whose guest leaf has G: any process of the VM.
  ContextTag nested{};  ///< Of gPA -> hPA entries.
  /// Off while the guest segment is on: another process's global entry knows nothing of it.
  bool match_global = true;
};

/// Gives out tags. They are forgotten only all together, when the TLBs are emptied.
class ContextTagTable {
 public:
  enum class Kind : uint8_t { kLinear, kGlobal, kNested };

  struct Key {
    Kind kind;
    Vpid vpid;
    HostPhysical nested_root;  ///< kNoNestedRoot if not virtualized.
    Pcid pcid;                 ///< kLinear only, else 0.
    uint32_t mode = 0;         ///< Of the dimensions that the entries come from.

    friend bool operator<(const Key& a, const Key& b) {
      return std::tie(a.kind, a.vpid, a.nested_root, a.pcid, a.mode) <
             std::tie(b.kind, b.vpid, b.nested_root, b.pcid, b.mode);
    }
  };

  /// No root: roots are page-aligned, and one may lie at 0.
  static constexpr HostPhysical kNoNestedRoot{~uint64_t{0}};

  static constexpr size_t kCapacity = 65532;

  ContextTags tags_of(const TranslationContext& context);

  /// Whether the next context may find no tag free: empty the TLBs and clear() first.
  bool is_full() const { return keys_.size() > kCapacity; }
  void clear() {
    keys_.clear();
    tags_.clear();
  }

  /// What a tag stands for. `tag` was given out and is not kNone.
  const Key& key(ContextTag tag) const { return keys_[static_cast<size_t>(tag) - 1]; }

 private:
  ContextTag tag(const Key& key);

  std::vector<Key> keys_;  ///< By tag, less one.
  std::map<Key, ContextTag> tags_;
};

}  // namespace nestwalk
