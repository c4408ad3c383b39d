// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <systemc>
#include <tlm>

#include "model/context/context_tag.h"
#include "model/context/translation_context.h"
#include "model/paging/access.h"
#include "model/translation/fault.h"
#include "model/translation/translation.h"

namespace nestwalk {

/// Who answered a translation request.
enum class TranslationSource : uint8_t {
  kL1Tlb,
  kSegments,  ///< Completed at the L1 miss.
  kL2Tlb,
  kWalk,
  kMerged,  ///< Waited for another request's walk of the same page.
};

/// Rides on a transaction whose address is a gVA through the translation sockets: what is asked
/// beside the address, and the answer.
///
/// An initiator may leave it out: the access then is a user read or write as the command says, and
/// data is forwarded. On a fault the response status is TLM_ADDRESS_ERROR_RESPONSE and `fault` says
/// why.
class TranslationExtension : public tlm::tlm_extension<TranslationExtension> {
 public:
  enum class Operation : uint8_t {
    kTranslate,
    kDirtyAssist,  ///< Set D for a store that hit an entry without it.
  };

  static TranslationExtension* get(const tlm::tlm_generic_payload& payload) {
    return payload.get_extension<TranslationExtension>();
  }
  /// Of a request between an MMU's parts, which has one with the context to translate in: for any
  /// other transaction it throws std::invalid_argument.
  static TranslationExtension& of_request(const tlm::tlm_generic_payload& payload) {
    TranslationExtension* const request = get(payload);
    if (request == nullptr || request->context == nullptr)
      throw std::invalid_argument(
          "a transaction between the parts of an MMU has no TranslationExtension with a context: "
          "accesses enter an Mmu by cpu()");
    return *request;
  }

  tlm::tlm_extension_base* clone() const override { return new TranslationExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const TranslationExtension&>(other);
  }

  /// Asked by the initiator. A TLM_WRITE_COMMAND is a write, whatever this says.
  Access access;
  bool translate_only = false;  ///< Do not forward the access to memory.

  /// Set by the MMU when the request enters: the context that it is translated in, whatever is
  /// written to the registers meanwhile.
  Operation operation = Operation::kTranslate;
  const TranslationContext* context = nullptr;
  ContextTags tags;
  uint32_t epoch = 0;  ///< A later epoch at the end: the answer must not be kept.

  /// The answer.
  TranslationSource source = TranslationSource::kL1Tlb;
  Fault fault;
  Translation translation;
  sc_core::sc_time translation_time;  ///< Past an L1 TLB hit.
};

}  // namespace nestwalk
