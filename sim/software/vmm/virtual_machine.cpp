// SPDX-License-Identifier: Apache-2.0
#include "sim/software/vmm/virtual_machine.h"

#include <algorithm>
#include <utility>

#include "model/paging/entry_rules.h"
#include "sim/io/input_error.h"
#include "sim/io/units.h"
#include "sim/software/frame_numbers.h"

namespace nestwalk {
namespace {

constexpr uint64_t kGapFirst = uint64_t{3} << 18;  ///< 3 GiB, in frames.
constexpr uint64_t kGapEnd = uint64_t{4} << 18;
/// The right to write: the same bit in both formats (X86Entry::Writable, EptEntry::Writable).
constexpr uint64_t kWritable = uint64_t{1} << 1;

std::vector<FrameRun> initial_slots(const VirtualMachineConfig& config) {
  if (!config.io_gap || config.frames <= kGapFirst) return {{0, config.frames}};
  return {{0, kGapFirst}, {kGapEnd, config.frames - kGapFirst}};
}

}  // namespace

HostPhysical HostTableStore::take_table() {
  const auto frame = host_->allocate_pinned();
  if (!frame)
    throw InputError("host memory",
                     "is full: no frame is left for a nested page table; give more "
                     "by software.host.memory, or use less of it");
  return address_of<HostPhysical>(*frame);
}

void HostTableStore::give_table(HostPhysical table) {
  host_->give_pinned(table.page());
}

VirtualMachine::VirtualMachine(Vpid vpid, const VirtualMachineConfig& config, HostMemory& host,
                               Ledger& ledger)
    : vpid_(vpid),
      config_(config),
      host_(&host),
      ledger_(ledger),
      store_(host),
      format_(TableFormat::nested(config.nested.format)),
      dirty_bit_(EntryRules::of(config.nested).dirty),
      accessed_bit_(EntryRules::of(config.nested).accessed),
      slots_(initial_slots(config)),
      level_(config.filter, config.most_escapes) {}

VirtualMachine::Changes VirtualMachine::take_changes() {
  Changes changes{level_.take_changes(), std::exchange(tables_changed_, false)};
  changes.mappings |= std::exchange(mappings_changed_, false);
  return changes;
}

// ---- Nested maps -------------------------------------------------------------------------------

ManagedNestedTables& VirtualMachine::map(uint64_t name) {
  const auto known = maps_.find(name);
  if (known != maps_.end()) return known->second;
  return maps_.try_emplace(name, store_, format_, config_.nested.levels).first->second;
}

std::optional<HostPhysical> VirtualMachine::map_root(uint64_t name) const {
  const auto known = maps_.find(name);
  return known == maps_.end() ? std::nullopt : std::optional(known->second.root());
}

void VirtualMachine::serve(GuestPhysical address, bool store, uint64_t map_name) {
  const uint64_t frame = address.page();
  if (!contains(frame))
    throw InputError("guest memory", "the guest uses gPA " + format_address(address.value()) +
                                         ", where it has no memory");
  back(frame);
  if (store) make_writable(frame);
  if (store && tracking_) written_.insert(frame);
  map_leaf(frame, store, map(map_name));
}

void VirtualMachine::map_leaf(uint64_t frame, bool store, ManagedNestedTables& tables) {
  const PageSize size = leaf_size_of(frame);
  const uint64_t first = frame & ~(frames_of(size) - 1);
  // Tracked without D bits, a page may be written once that is known.
  const bool protect = tracking_ && dirty_bit_ == 0 && !store;
  const uint64_t lacking = is_shared(frame) || protect ? kWritable : 0;
  // What was there may be known to TLBs with fewer rights, a table that goes to page-walk caches.
  if (!tables.is_empty(address_of<GuestPhysical>(first), size)) tables_changed_ = true;
  keep_dirty(frame, tables);
  tables.map(address_of<GuestPhysical>(first), address_of<HostPhysical>(*host_frame(first)), size,
             lacking);
}

PageSize VirtualMachine::leaf_size_of(uint64_t frame) const {
  if (tracking_) return PageSize::k4K;
  for (const PageSize size : {PageSize::k1G, PageSize::k2M}) {
    if (size > config_.page) continue;
    const FrameRun page{frame & ~(frames_of(size) - 1), frames_of(size)};
    const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                   [&](const FrameRun& one) { return one.contains(frame); });
    if (page.first >= slot->first && page.end() <= slot->end() && is_contiguous(page.first, size))
      return size;
  }
  return PageSize::k4K;
}

bool VirtualMachine::is_contiguous(uint64_t first, PageSize size) const {
  const auto host = host_frame(first);
  if (!host || *host % frames_of(size) != 0) return false;
  for (uint64_t i = 0; i < frames_of(size); ++i)
    if (host_frame(first + i) != *host + i || is_shared(first + i)) return false;
  return true;
}

void VirtualMachine::remap(uint64_t frame, uint64_t host) {
  const GuestPhysical address = address_of<GuestPhysical>(frame);
  for (auto& [name, tables] : maps_) {
    tables.split(address);
    const auto leaf = tables.find(address);
    if (!leaf) continue;
    tables.rewrite(*leaf, (leaf->word & ~kFrameMask) | address_of<HostPhysical>(host).value());
    tables_changed_ = true;
  }
}

/// D of a leaf that goes away is not forgotten while writes are tracked.
void VirtualMachine::keep_dirty(uint64_t frame, const ManagedNestedTables& tables) {
  if (!tracking_) return;
  const auto leaf = tables.find(address_of<GuestPhysical>(frame));
  if (leaf && (leaf->word & dirty_bit_) != 0) written_.insert(frame);
}

void VirtualMachine::unmap(uint64_t frame) {
  const GuestPhysical address = address_of<GuestPhysical>(frame);
  for (auto& [name, tables] : maps_) {
    if (!tables.find(address)) continue;
    tables.split(address);
    keep_dirty(frame, tables);
    tables.unmap(address);
    tables_changed_ = true;
  }
  mappings_changed_ = true;
}

// ---- Guest memory ------------------------------------------------------------------------------

uint64_t VirtualMachine::read(GuestPhysical address) {
  const HostPhysical page = address_of<HostPhysical>(back(address.page()));
  return host_->contents().read(page + address.offset());
}

/// The host frame that a write of the guest's goes to.
uint64_t VirtualMachine::back_for_write(uint64_t frame) {
  back(frame);
  make_writable(frame);
  if (tracking_) written_.insert(frame);
  return *host_frame(frame);
}

void VirtualMachine::write(GuestPhysical address, uint64_t word) {
  const HostPhysical page = address_of<HostPhysical>(back_for_write(address.page()));
  host_->contents().write(page + address.offset(), word);
}

void VirtualMachine::copy_page(uint64_t from, uint64_t to) {
  ledger_.charge(Operation::kPageCopy);
  if (!host_frame(from) && !is_swapped(from)) return erase_page(to);
  const uint64_t source = back(from);
  host_->contents().copy(source, back_for_write(to));
}

void VirtualMachine::erase_page(uint64_t frame) {
  if (host_frame(frame) || is_swapped(frame)) host_->contents().erase(back_for_write(frame));
}

FrameContents::Saved VirtualMachine::save_page(uint64_t frame) {
  if (!host_frame(frame) && !is_swapped(frame)) return nullptr;
  return host_->contents().save(back(frame));
}

void VirtualMachine::load_page(uint64_t frame, const FrameContents::Saved& page) {
  host_->contents().load(back_for_write(frame), page);
}

// ---- Slots -------------------------------------------------------------------------------------

bool VirtualMachine::contains(uint64_t frame) const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [&](const FrameRun& slot) { return slot.contains(frame); });
}

std::optional<FrameRun> VirtualMachine::hot_add(uint64_t count) {
  FrameRun& slot = slots_.back();
  if (config_.most_frames - slot.end() < count) return std::nullopt;
  const FrameRun added{slot.end(), count};
  slot.count += count;
  ledger_.charge(Operation::kHotPlug);
  return added;
}

void VirtualMachine::hot_remove(const FrameRun& run) {
  for (uint64_t frame = run.first; frame < run.end(); ++frame) release(frame);
  std::vector<FrameRun> rest;
  for (const FrameRun& slot : slots_) {
    if (run.first >= slot.end() || run.end() <= slot.first) {
      rest.push_back(slot);
      continue;
    }
    if (slot.first < run.first) rest.push_back({slot.first, run.first - slot.first});
    if (run.end() < slot.end()) rest.push_back({run.end(), slot.end() - run.end()});
  }
  slots_ = std::move(rest);
  ledger_.charge(Operation::kHotPlug);
}

// ---- Backing -----------------------------------------------------------------------------------

uint64_t VirtualMachine::state(uint64_t frame) const {
  const States* const known = states_.find(frame / kChunkFrames);
  return known == nullptr ? 0 : known->words[frame % kChunkFrames];
}

void VirtualMachine::set_state(uint64_t frame, uint64_t word) {
  if (in_block(frame)) {
    if (word == 0)
      level_.put_back(frame);
    else
      level_.displace(frame);
  }
  states_[frame / kChunkFrames].words[frame % kChunkFrames] = word;
}

void VirtualMachine::set_host(uint64_t frame, uint64_t host) {
  if (in_block(frame) && block()->place(frame) == host) {
    host_->pin({host, 1});
    set_state(frame, 0);
    return;
  }
  host_->set_owner(host, {vpid_, frame});
  set_state(frame, kHost | host);
}

std::optional<uint64_t> VirtualMachine::host_frame(uint64_t frame) const {
  const uint64_t word = state(frame);
  if ((word & kHost) != 0) return word & kFrameBits;
  if (word == 0 && in_block(frame)) return block()->place(frame);
  return std::nullopt;
}

bool VirtualMachine::is_swapped(uint64_t frame) const {
  return (state(frame) & kSwapped) != 0;
}
bool VirtualMachine::is_shared(uint64_t frame) const {
  return (state(frame) & kShared) != 0;
}

uint64_t VirtualMachine::frames_lacking(const FrameRun& pages) const {
  uint64_t lacking = 0;
  for (uint64_t frame = pages.first; frame < pages.end(); ++frame)
    if (!host_frame(frame) || is_shared(frame)) ++lacking;
  return lacking;
}

/// The page's place in the block, if it is free, so that a segment may cover the page again.
uint64_t VirtualMachine::take_frame_for(uint64_t frame) {
  if (in_block(frame)) {
    const uint64_t home = block()->place(frame);
    if (host_->take({home, 1})) return home;
  }
  const auto taken = host_->allocate(0);
  if (!taken)
    throw InputError("host memory",
                     "is full: no frame is left to back guest memory; give more by "
                     "software.host.memory, or use less of it");
  return *taken;
}

uint64_t VirtualMachine::back(uint64_t frame) {
  if (const auto known = host_frame(frame)) return *known;
  const bool swapped = is_swapped(frame);
  if (tracking_) written_.insert(frame);  // it may have held something else before
  if (!swapped && back_large(frame)) return *host_frame(frame);
  const uint64_t host = take_frame_for(frame);
  set_backing(frame, host);
  return host;
}

void VirtualMachine::set_backing(uint64_t frame, uint64_t host) {
  set_host(frame, host);
  const auto saved = swap_device_.find(frame);
  if (saved == swap_device_.end()) return;
  host_->contents().load(host, saved->second);
  swap_device_.erase(saved);
  ledger_.charge(Operation::kSwapIn);
}

/// Backs a whole large page around the frame, if nothing in it is backed.
bool VirtualMachine::back_large(uint64_t frame) {
  for (const PageSize size : {PageSize::k1G, PageSize::k2M}) {
    if (size > config_.page) continue;
    const FrameRun page{frame & ~(frames_of(size) - 1), frames_of(size)};
    bool fits = true;
    for (uint64_t one = page.first; one < page.end() && fits; ++one)
      fits = !tracking_ && state(one) == 0 && !in_block(one) && contains(one);
    if (!fits) continue;
    const auto host = host_->allocate(order_of(size));
    if (!host) continue;
    for (uint64_t i = 0; i < page.count; ++i) set_host(page.first + i, *host + i);
    return true;
  }
  return false;
}

/// Gives the frame back that backs a page; the caller says what the page is from here.
void VirtualMachine::give_host_frame(uint64_t frame) {
  const auto host = host_frame(frame);
  if (!host) return;
  const bool shared = is_shared(frame);
  if (shared && !host_->unshare(*host)) return;
  if (shared || is_in_place(frame)) host_->unpin({*host, 1});
  host_->clear_owner(*host);
  host_->give({*host, 1});
}

void VirtualMachine::make_writable(uint64_t frame) {
  if (!is_shared(frame)) return;
  const uint64_t old = *host_frame(frame);
  const uint64_t own = take_frame_for(frame);
  host_->contents().copy(old, own);
  ledger_.charge(Operation::kPageCopy);
  unmap(frame);
  give_host_frame(frame);
  set_host(frame, own);
}

void VirtualMachine::relocate(uint64_t frame, uint64_t to) {
  const uint64_t from = *host_frame(frame);
  host_->contents().copy(from, to);
  ledger_.charge(Operation::kPageCopy);
  if (is_shared(frame))
    unmap(frame);
  else
    remap(frame, to);
  give_host_frame(frame);
  set_host(frame, to);
}

void VirtualMachine::release(uint64_t frame) {
  if (host_frame(frame) || is_swapped(frame)) unmap(frame);
  swap_device_.erase(frame);
  give_host_frame(frame);
  set_state(frame, kGivenUp);
}

void VirtualMachine::restore(const std::vector<uint64_t>& frames) {
  for (const uint64_t frame : frames)
    if (state(frame) == kGivenUp) set_state(frame, in_block(frame) ? kAbsent : 0);
  for (const uint64_t frame : level_.displaced())
    if (state(frame) == kAbsent && host_->take({block()->place(frame), 1}))
      set_host(frame, block()->place(frame));
}

void VirtualMachine::replace_bad_frame(uint64_t frame) {
  const uint64_t bad = back(frame);
  make_writable(frame);
  const uint64_t good = take_frame_for(frame);
  host_->contents().copy(bad, good);
  ledger_.charge(Operation::kPageCopy);
  remap(frame, good);
  host_->retire(bad);
  set_host(frame, good);
  if (in_block(frame)) level_.insert_escape(frame);
}

bool VirtualMachine::swap_out(uint64_t frame) {
  const auto host = host_frame(frame);
  if (!host || is_shared(frame)) return false;
  unmap(frame);
  swap_device_[frame] = host_->contents().save(*host);
  give_host_frame(frame);
  set_state(frame, kSwapped);
  ledger_.charge(Operation::kSwapOut);
  return true;
}

void VirtualMachine::share(uint64_t frame, VirtualMachine& other, uint64_t other_frame) {
  const uint64_t host = *other.host_frame(other_frame);
  if (!other.is_shared(other_frame)) {
    other.unmap(other_frame);
    host_->share(host);
    host_->clear_owner(host);
    host_->pin({host, 1});
    other.set_state(other_frame, kHost | kShared | host);
  }
  unmap(frame);
  give_host_frame(frame);
  host_->share(host);
  set_state(frame, kHost | kShared | host);
}

// ---- The block and the segment -----------------------------------------------------------------

bool VirtualMachine::reserve_block() {
  const FrameRun slot = main_slot();
  if (has_whole_block()) return true;
  if (block() && block()->pages.first == slot.first && block()->pages.count < slot.count) {
    const FrameRun more{block()->pages.end(), slot.end() - block()->pages.end()};
    if (!host_->take({block()->place(more.first), more.count})) return false;
    adopt_block({slot, block()->first_frame}, more);
    return true;
  }
  if (block()) return false;
  const auto run = host_->take_block(slot.count);
  if (!run) return false;
  adopt_block({slot, run->first}, slot);
  return true;
}

void VirtualMachine::adopt_block(const Block& block, const FrameRun& fresh) {
  host_->pin({block.place(fresh.first), fresh.count});
  level_.set_block(block);
  for (uint64_t frame = fresh.first; frame < fresh.end(); ++frame) {
    const uint64_t word = state(frame);
    if (word != 0 && !move_in(frame, word)) level_.displace(frame);
  }
}

/// Brings a page with the given state to its place, which was taken for it. False: it stays away.
bool VirtualMachine::move_in(uint64_t frame, uint64_t word) {
  const uint64_t place = block()->place(frame);
  if (word == (kHost | place)) {
    host_->clear_owner(place);
    set_state(frame, 0);
    return true;
  }
  if (word == kGivenUp) {  // its place stays unused: the segment covers it
    set_state(frame, 0);
    return true;
  }
  if ((word & kHost) != 0 && !level_.escapes(frame)) {
    relocate(frame, place);
    return true;
  }
  if (!host_->is_retired(place)) {
    host_->unpin({place, 1});
    host_->give({place, 1});
  }
  return false;
}

void VirtualMachine::dissolve_block() {
  if (!block()) return;
  leave_segment();
  const Block block = *level_.block();
  std::vector<uint64_t> in_place;
  for (uint64_t frame = block.pages.first; frame < block.pages.end(); ++frame) {
    if (state(frame) == 0) in_place.push_back(frame);
    if (state(frame) == kAbsent) set_state(frame, 0);
  }
  level_.set_block(std::nullopt);
  for (const uint64_t frame : in_place) {
    host_->unpin({block.place(frame), 1});
    set_host(frame, block.place(frame));
  }
}

bool VirtualMachine::open(uint64_t frame, LimitedOperation operation) {
  return level_.open(frame, action(operation), ledger_.limited(operation));
}

bool VirtualMachine::open_both(uint64_t frame, VirtualMachine& other, uint64_t other_frame,
                               LimitedOperation operation) {
  if (action(operation) == LimitAction::kEscape) {
    // Not between the two: the first one is at home until it is shared.
    const uint64_t pages = &other == this ? 2 : 1;
    if (level_.would_escape(frame)) level_.make_room(pages);
    if (other.level_.would_escape(other_frame)) other.level_.make_room(pages);
  }
  // The second is asked before the first is opened: what has escaped cannot be taken back cheaply.
  const uint64_t more = &other == this && level_.would_escape(frame) ? 1 : 0;
  if (other.level_.refuses(other_frame, other.action(operation), more)) {
    ++ledger_.limited(operation).refused;
    return false;
  }
  return open(frame, operation) && other.open(other_frame, operation);
}

// ---- Which pages are written -------------------------------------------------------------------

void VirtualMachine::begin_write_tracking() {
  tracking_ = true;
  written_.clear();
  harvest_writes();
  mappings_changed_ = true;
}

void VirtualMachine::end_write_tracking() {
  tracking_ = false;
  written_.clear();
  if (dirty_bit_ != 0) return;
  for (auto& [name, tables] : maps_)
    tables.for_each_leaf([&tables = tables, this](GuestPhysical page, const auto& leaf) {
      if (!is_shared(page.page())) tables.rewrite(leaf, leaf.word | kWritable);
    });
  tables_changed_ = true;
}

std::vector<uint64_t> VirtualMachine::harvest_writes() {
  std::set<uint64_t> found = std::exchange(written_, {});
  for (auto& [name, tables] : maps_)
    tables.for_each_leaf([&, &tables = tables](GuestPhysical page, const auto& leaf) {
      if (dirty_bit_ == 0) {
        tables.rewrite(leaf, leaf.word & ~kWritable);
        return;
      }
      if ((leaf.word & dirty_bit_) == 0) return;
      for (uint64_t i = 0; i < frames_of(leaf.size); ++i) found.insert(page.page() + i);
      tables.rewrite(leaf, leaf.word & ~dirty_bit_);
    });
  tables_changed_ = true;
  if (dirty_bit_ == 0) mappings_changed_ = true;
  return {found.begin(), found.end()};
}

FrameRun VirtualMachine::take_accessed(uint64_t frame) {
  FrameRun accessed;
  for (auto& [name, tables] : maps_) {
    const auto leaf = tables.find(address_of<GuestPhysical>(frame));
    if (!leaf || (leaf->word & accessed_bit_) == 0) continue;
    const uint64_t size = frames_of(leaf->size);
    if (size > accessed.count) accessed = {frame & ~(size - 1), size};
    tables.rewrite(*leaf, leaf->word & ~accessed_bit_);
    tables_changed_ = true;
  }
  return accessed;
}

void VirtualMachine::move_to(HostMemory& host, const std::unordered_map<uint64_t, uint64_t>& frames,
                             const std::optional<Block>& block) {
  leave_segment();
  dissolve_block();
  end_write_tracking();
  std::vector<uint64_t> names;
  for (auto& [name, tables] : maps_) {
    tables.destroy();
    names.push_back(name);
  }
  maps_.clear();
  for (const FrameRun& slot : slots_)
    for (uint64_t frame = slot.first; frame < slot.end(); ++frame) {
      if (!host_frame(frame)) continue;
      give_host_frame(frame);
      set_state(frame, 0);
    }
  host_ = &host;
  store_.use(host);
  for (const auto& [frame, to] : frames) set_host(frame, to);
  if (block) adopt_block(*block, block->pages);
  for (const uint64_t name : names) map(name);
  tables_changed_ = true;
  mappings_changed_ = true;
}

}  // namespace nestwalk
