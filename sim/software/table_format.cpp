// SPDX-License-Identifier: Apache-2.0
#include "sim/software/table_format.h"

#include "model/paging/ept_entry.h"
#include "model/paging/x86_entry.h"

namespace nestwalk {
namespace {

TableFormat ept() {
  const EptEntry table = EptEntry().set_readable(true).set_writable(true).set_executable(true);
  EptEntry page = table;
  page.set_memory_type(EptMemoryType::kWriteBack);
  EptEntry large_page = page;
  large_page.set_large_page(true);
  return {table.word(), page.word(), large_page.word()};
}

}  // namespace

TableFormat TableFormat::guest() {
  const GuestEntry entry = GuestEntry().set_present(true).set_writable(true).set_user(true);
  GuestEntry large_page = entry;
  large_page.set_large_page(true);
  return {entry.word(), entry.word(), large_page.word()};
}

TableFormat TableFormat::nested(NestedFormat format) {
  // AMD's nested tables have the format of the guest's, and are walked as user accesses.
  return format == NestedFormat::kEpt ? ept() : guest();
}

}  // namespace nestwalk
