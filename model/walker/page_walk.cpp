// SPDX-License-Identifier: Apache-2.0
#include "model/walker/page_walk.h"

namespace nestwalk {

WalkRules::WalkRules(const TranslationContext& context)
    : guest(&EntryRules::of(context.guest)), guest_allowed(&allowed_accesses(context.guest)) {
  if (!context.virtualized) return;
  nested = &EntryRules::of(context.nested);
  nested_allowed = &allowed_accesses(context.nested);
  // Formats that keep D treat accesses to guest tables as writes, whatever the access.
  if (nested->dirty != 0) table_access = AccessKind::kWrite;
}

}  // namespace nestwalk
