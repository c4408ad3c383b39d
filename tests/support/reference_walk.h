// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "model/context/translation_context.h"
#include "model/translation/fault.h"
#include "model/translation/translation.h"

namespace nestwalk::reference {

/// What a plain translation looks at. Page predicates take 4K page numbers.
struct Machine {
  std::function<uint64_t(uint64_t)> read;            ///< Entry at an hPA.
  std::function<void(uint64_t, uint64_t)> set_bits;  ///< A and D in the entry at an hPA.
  std::function<bool(uint64_t)> guest_escaped = [](uint64_t) { return false; };
  std::function<bool(uint64_t)> vmm_escaped = [](uint64_t) { return false; };
  /// Is told each entry that is read: its hPA, of which dimension's tables, and its level.
  std::function<void(uint64_t, Dimension, int)> on_read = [](uint64_t, Dimension, int) {};
  /// The largest page that a TLB may keep where no dimension was paged.
  PageSize segment_entry = PageSize::k4K;
};

struct Answer {
  Fault fault;
  Translation translation;  ///< Valid without a fault.
  bool guest_segment = false;
  bool vmm_segment = false;
  int references = 0;
  int checks = 0;
};

/// The oracle of the walker's tests: the architecture's rules one after the other, slow and naive,
/// written from the manuals and the specification alone. It shares no logic with the model: bits
/// are judged one by one, faults are thrown, nothing is kept.
class Translator {
 public:
  Translator(const TranslationContext& context, const Machine& machine)
      : context_(context), machine_(machine) {}

  Answer translate(uint64_t gva, Access access) {
    answer_ = {};
    gva_ = gva;
    access_ = access;
    try {
      translate_or_throw();
    } catch (const Fault& fault) {
      answer_.fault = fault;
    }
    return answer_;
  }

 private:
  struct Rights {
    bool read = true, write = true, execute = true, user = true;
  };

  // Where an address of one dimension went.
  struct Mapping {
    uint64_t address = 0;
    int page_bits = 64;  // log2 of the page that a table mapped it with; 64: a segment did
    Rights rights;
    bool dirty = true;
    bool global = false;
    bool by_segment = false;
  };

  enum class Purpose { kData, kReadTable, kWriteTable };

  void translate_or_throw() {
    if (!canonical()) throw Fault{FaultKind::kNotCanonical, 0, GuestVirtual(gva_), {}};
    const Mapping guest = guest_dimension();
    Mapping host = guest;
    if (context_.virtualized)
      host = nested_dimension(guest.address, Purpose::kData);
    else
      host.page_bits = 64, host.rights = Rights{}, host.dirty = true;
    Translation& result = answer_.translation;
    result.address = HostPhysical(host.address);
    result.size = composed_size(guest, host);
    unsigned allowed = 0;
    for (const bool user : {false, true})
      for (const AccessKind kind : {AccessKind::kRead, AccessKind::kWrite, AccessKind::kExecute})
        if ((guest.by_segment || guest_permits({kind, user}, guest.rights)) &&
            nested_permits(kind, host.rights))
          allowed |= 1u << Access{kind, user}.index();
    result.allowed = AccessSet(static_cast<uint8_t>(allowed));
    result.dirty = guest.dirty && host.dirty;
    result.global = guest.global;
    answer_.guest_segment = guest.by_segment;
    answer_.vmm_segment = context_.virtualized && host.by_segment;
  }

  bool canonical() const {
    const int top = context_.guest.levels == 5 ? 56 : 47;
    const uint64_t upper = gva_ >> top;
    return upper == 0 || upper == (~uint64_t{0} >> top);
  }

  static bool in(uint64_t address, uint64_t base, uint64_t limit) {
    return base <= address && address < limit;
  }

  // ---- guest

  Mapping guest_dimension() {
    const GuestSegment& segment = context_.guest_segment;
    if (segment.base() != segment.limit()) {
      ++answer_.checks;
      if (in(gva_, segment.base().value(), segment.limit().value()) &&
          !machine_.guest_escaped(gva_ >> 12)) {
        Mapping mapping;
        mapping.address = gva_ + segment.offset();
        mapping.by_segment = true;
        return mapping;
      }
    }
    return guest_table(context_.guest.levels, context_.guest.root.value(), Rights{});
  }

  Mapping guest_table(int level, uint64_t table_gpa, Rights rights) {
    const uint64_t entry_gpa = table_gpa + 8 * (gva_ >> (12 + 9 * (level - 1)) & 511);
    const uint64_t entry_hpa = table_access(entry_gpa);
    const uint64_t entry = load(entry_hpa, Dimension::kGuest, level);
    if (!bit(entry, 0)) guest_fault(false, false);
    const bool leaf = level == 1 || (bit(entry, 7) && (level == 2 || level == 3));
    for (int i = 0; i < 64; ++i)
      if (bit(entry, i) &&
          x86_reserved(i, level, leaf, context_.guest.maxphyaddr, context_.guest.nx_enabled))
        guest_fault(true, true);
    rights.write = rights.write && bit(entry, 1);
    rights.user = rights.user && bit(entry, 2);
    rights.execute = rights.execute && !bit(entry, 63);
    if (leaf && !guest_permits(access_, rights)) guest_fault(true, false);
    uint64_t missing = 0;
    if (!bit(entry, 5)) missing |= 1u << 5;
    if (leaf && access_.kind == AccessKind::kWrite && !bit(entry, 6)) missing |= 1u << 6;
    if (missing != 0) {
      if (context_.virtualized && context_.nested.format == NestedFormat::kEpt &&
          !context_.nested.accessed_dirty)
        check_ept_store(entry_gpa);
      machine_.set_bits(entry_hpa, missing);
    }
    const uint64_t frame = entry & 0x000ffffffffff000;
    if (!leaf) return guest_table(level - 1, frame, rights);
    Mapping mapping;
    mapping.page_bits = 12 + 9 * (level - 1);
    const uint64_t below = (uint64_t{1} << mapping.page_bits) - 1;
    mapping.address = (frame & ~below) + (gva_ & below);
    mapping.rights = rights;
    mapping.dirty = bit(entry, 6) || access_.kind == AccessKind::kWrite;
    mapping.global = bit(entry, 8);
    return mapping;
  }

  // Reading an entry of a guest table: where it lies.
  uint64_t table_access(uint64_t gpa) {
    if (!context_.virtualized) return gpa;
    return nested_dimension(gpa, Purpose::kReadTable).address;
  }

  // Storing A or D in a guest table without EPT A/D: one more nested access, a plain write.
  void check_ept_store(uint64_t gpa) {
    // The hardware does it with the read: no reference or check of its own is counted.
    const int references = answer_.references;
    const int checks = answer_.checks;
    const auto restore = [&] { answer_.references = references, answer_.checks = checks; };
    try {
      nested_dimension(gpa, Purpose::kWriteTable);
    } catch (const Fault&) {
      restore();
      throw;
    }
    restore();
  }

  bool guest_permits(Access access, Rights rights) const {
    const GuestPaging& mode = context_.guest;
    switch (access.kind) {
      case AccessKind::kExecute:
        if (!rights.execute) return false;
        return access.user ? rights.user : !(rights.user && mode.smep);
      case AccessKind::kWrite:
        if (access.user) return rights.user && rights.write;
        if (rights.user && mode.smap) return false;
        return rights.write || !mode.write_protect;
      case AccessKind::kRead:
        break;
    }
    return access.user ? rights.user : !(rights.user && mode.smap);
  }

  [[noreturn]] void guest_fault(bool present, bool reserved) const {
    uint64_t code = 0;
    if (present) code += 1;
    if (access_.kind == AccessKind::kWrite) code += 2;
    if (access_.user) code += 4;
    if (reserved) code += 8;
    if (access_.kind == AccessKind::kExecute && (context_.guest.nx_enabled || context_.guest.smep))
      code += 16;
    throw Fault{FaultKind::kGuestPage, code, GuestVirtual(gva_), {}};
  }

  // ---- nested

  Mapping nested_dimension(uint64_t gpa, Purpose purpose) {
    const VmmSegment& segment = context_.vmm_segment;
    if (segment.base() != segment.limit()) {
      ++answer_.checks;
      if (in(gpa, segment.base().value(), segment.limit().value()) &&
          !machine_.vmm_escaped(gpa >> 12)) {
        Mapping mapping;
        mapping.address = gpa + segment.offset();
        mapping.by_segment = true;
        return mapping;
      }
    }
    const int width = context_.nested.levels == 5 ? 57 : 48;
    if (gpa >= uint64_t{1} << width) not_present(gpa, purpose);
    return nested_table(context_.nested.levels, context_.nested.root.value(), gpa, purpose,
                        Rights{});
  }

  Mapping nested_table(int level, uint64_t table, uint64_t gpa, Purpose purpose, Rights rights) {
    const bool ept = context_.nested.format == NestedFormat::kEpt;
    const uint64_t entry_hpa = table + 8 * (gpa >> (12 + 9 * (level - 1)) & 511);
    const uint64_t entry = load(entry_hpa, Dimension::kNested, level);
    const bool leaf = level == 1 || (bit(entry, 7) && (level == 2 || level == 3));
    if (ept) {
      rights.read = rights.read && bit(entry, 0);
      rights.write = rights.write && bit(entry, 1);
      rights.execute = rights.execute && bit(entry, 2);
      if (!bit(entry, 0) && !bit(entry, 1) && !bit(entry, 2)) not_present(gpa, purpose);
      if (ept_misconfigured(entry, level, leaf))
        throw Fault{FaultKind::kEptMisconfiguration, 0, GuestVirtual(gva_), GuestPhysical(gpa)};
    } else {
      if (!bit(entry, 0)) not_present(gpa, purpose);
      for (int i = 0; i < 64; ++i)
        if (bit(entry, i) &&
            x86_reserved(i, level, leaf, context_.nested.maxphyaddr, context_.nested.nx_enabled))
          npf(gpa, purpose, 1 + 8);
      rights.user = rights.user && bit(entry, 2);
      rights.read = rights.user;
      rights.write = rights.write && bit(entry, 1);
      rights.execute = rights.execute && !bit(entry, 63);
    }
    const AccessKind kind = nested_kind(purpose);
    if (leaf && !nested_permits(kind, rights)) {
      if (ept) violation(gpa, purpose, rights);
      npf(gpa, purpose, 1);
    }
    const bool tracks = !ept || context_.nested.accessed_dirty;
    const int a = ept ? 8 : 5;
    const int d = ept ? 9 : 6;
    uint64_t missing = 0;
    if (tracks && !bit(entry, a)) missing |= uint64_t{1} << a;
    if (tracks && leaf && kind == AccessKind::kWrite && !bit(entry, d)) missing |= uint64_t{1} << d;
    if (missing != 0) machine_.set_bits(entry_hpa, missing);
    const uint64_t frame = entry & 0x000ffffffffff000;
    if (!leaf) return nested_table(level - 1, frame, gpa, purpose, rights);
    Mapping mapping;
    mapping.page_bits = 12 + 9 * (level - 1);
    const uint64_t below = (uint64_t{1} << mapping.page_bits) - 1;
    mapping.address = (frame & ~below) + (gpa & below);
    mapping.rights = rights;
    mapping.dirty = !tracks || bit(entry, d) || kind == AccessKind::kWrite;
    return mapping;
  }

  // AMD: table accesses are writes. Intel: writes if EPT A/D is on.
  AccessKind nested_kind(Purpose purpose) const {
    if (purpose == Purpose::kData) return access_.kind;
    if (purpose == Purpose::kWriteTable) return AccessKind::kWrite;
    const bool write =
        context_.nested.format == NestedFormat::kNpt || context_.nested.accessed_dirty;
    return write ? AccessKind::kWrite : AccessKind::kRead;
  }

  bool nested_permits(AccessKind kind, Rights rights) const {
    if (!rights.user) return false;  // always a user's access; EPT has no such bit
    if (kind == AccessKind::kWrite) return rights.write;
    return kind == AccessKind::kExecute ? rights.execute : rights.read;
  }

  [[noreturn]] void not_present(uint64_t gpa, Purpose purpose) const {
    if (context_.nested.format == NestedFormat::kEpt)
      violation(gpa, purpose, Rights{false, false, false, false});
    npf(gpa, purpose, 0);
  }

  [[noreturn]] void npf(uint64_t gpa, Purpose purpose, uint64_t cause) const {
    const AccessKind kind = nested_kind(purpose);
    uint64_t info = cause + 4;
    if (kind == AccessKind::kWrite) info += 2;
    if (kind == AccessKind::kExecute && context_.nested.nx_enabled) info += 16;
    info += uint64_t{1} << (purpose == Purpose::kData ? 32 : 33);
    throw Fault{FaultKind::kNestedPage, info, GuestVirtual(gva_), GuestPhysical(gpa)};
  }

  [[noreturn]] void violation(uint64_t gpa, Purpose purpose, Rights rights) const {
    const AccessKind kind = nested_kind(purpose);
    uint64_t code = 0;
    if (kind == AccessKind::kRead) code |= 1;
    if (kind == AccessKind::kWrite) code |= 2;
    if (kind == AccessKind::kExecute) code |= 4;
    if (purpose == Purpose::kReadTable && context_.nested.accessed_dirty) code |= 3;
    if (rights.read) code |= 8;
    if (rights.write) code |= 16;
    if (rights.execute) code |= 32;
    code |= 128;
    if (purpose == Purpose::kData) code |= 256;
    throw Fault{FaultKind::kEptViolation, code, GuestVirtual(gva_), GuestPhysical(gpa)};
  }

  // ---- bits

  static bool bit(uint64_t word, int index) { return (word >> index & 1) != 0; }

  static bool x86_reserved(int index, int level, bool leaf, int maxphyaddr, bool nx_enabled) {
    if (index == 63) return !nx_enabled;
    if (index >= 52) return false;
    if (index >= maxphyaddr) return true;
    if (level >= 4) return index == 7;
    if (leaf && level == 3) return index >= 13 && index <= 29;
    if (leaf && level == 2) return index >= 13 && index <= 20;
    return false;
  }

  bool ept_misconfigured(uint64_t entry, int level, bool leaf) const {
    if (bit(entry, 1) && !bit(entry, 0)) return true;
    const uint64_t type = entry >> 3 & 7;
    if (leaf && (type == 2 || type == 3 || type == 7)) return true;
    for (int i = 0; i < 64; ++i) {
      bool reserved = i >= context_.nested.maxphyaddr && i < 52;
      if (!leaf) reserved = reserved || (i >= 3 && i <= (level >= 4 ? 7 : 6));
      if (leaf && level == 2) reserved = reserved || (i >= 12 && i <= 20);
      if (leaf && level == 3) reserved = reserved || (i >= 12 && i <= 29);
      if (reserved && bit(entry, i)) return true;
    }
    return false;
  }

  uint64_t load(uint64_t hpa, Dimension dimension, int level) {
    ++answer_.references;
    machine_.on_read(hpa, dimension, level);
    return machine_.read(hpa);
  }

  // ---- the page that a TLB may keep

  PageSize composed_size(const Mapping& guest, const Mapping& host) {
    const bool paged = !guest.by_segment || (context_.virtualized && !host.by_segment);
    for (const PageSize size : {PageSize::k1G, PageSize::k2M}) {
      if (!paged && bytes(size) > bytes(machine_.segment_entry)) continue;
      if (guest.page_bits < shift(size) || host.page_bits < shift(size)) continue;
      if (one_verdict(gva_, size, context_.guest_segment, machine_.guest_escaped) &&
          (!context_.virtualized ||
           one_verdict(guest.address, size, context_.vmm_segment, machine_.vmm_escaped)))
        return size;
    }
    return PageSize::k4K;
  }

  // Whether the page around `address` lies wholly on one side of the segment's edges, has no
  // escaped page in it, and is kept aligned by the segment if it is inside.
  template <class Segment>
  static bool one_verdict(uint64_t address, PageSize size, const Segment& segment,
                          const std::function<bool(uint64_t)>& escaped) {
    const uint64_t base = segment.base().value();
    const uint64_t limit = segment.limit().value();
    if (base == limit) return true;
    const bool inside = in(address, base, limit);
    if (inside && segment.offset() % bytes(size) != 0) return false;
    const uint64_t first = address / bytes(size) * bytes(size);
    for (uint64_t offset = 0; offset < bytes(size); offset += 4096) {
      const uint64_t page = first + offset;
      if (in(page, base, limit) != inside || (inside && escaped(page >> 12))) return false;
    }
    return true;
  }

  const TranslationContext& context_;
  const Machine& machine_;
  Answer answer_;
  uint64_t gva_ = 0;
  Access access_;
};

}  // namespace nestwalk::reference
