// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm>

#include "model/context/context_tag.h"
#include "model/context/translation_context.h"
#include "model/translation/nested_hit.h"
#include "model/translation/segment_check.h"
#include "model/translation/structure_hit.h"

namespace nestwalk {

/// An extension that a walker's side requests carry: `Answer` is read (TLM_READ_COMMAND) or kept
/// (TLM_WRITE_COMMAND) for the transaction's address. A look-up without it is refused.
template <class Answer>
class LookUpExtension : public tlm::tlm_extension<LookUpExtension<Answer>> {
 public:
  static LookUpExtension* get(const tlm::tlm_generic_payload& payload) {
    return payload.get_extension<LookUpExtension>();
  }

  tlm::tlm_extension_base* clone() const override { return new LookUpExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const LookUpExtension&>(other);
  }

  Dimension dimension = Dimension::kGuest;  ///< Whose address the transaction has.
  const TranslationContext* context = nullptr;
  ContextTags tags;
  bool outdated = false;  ///< Asked by a walk from before a change: it finds nothing.
  Answer answer;
};

/// To the segment unit: one check during a walk. `answer.widest` comes as the largest size that is
/// of use.
using SegmentCheckExtension = LookUpExtension<SegmentCheck>;
/// To the paging-structure caches.
using StructureExtension = LookUpExtension<StructureHit>;
/// To the nested TLB, wherever it lives.
using NestedExtension = LookUpExtension<NestedHit>;

}  // namespace nestwalk
