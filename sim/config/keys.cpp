// SPDX-License-Identifier: Apache-2.0
#include "sim/config/keys.h"

#include <algorithm>

#include "sim/config/codec.h"
#include "sim/config/suggestion.h"

// A function that names one field of a const or a mutable Config.
#define FIELD(path)           \
  [](auto& config) -> auto& { \
    return config.path;       \
  }

namespace nestwalk {
namespace {

constexpr int64_t kMaxInteger = std::numeric_limits<int64_t>::max();
constexpr int64_t kMaxEntries = 1 << 20;
constexpr int64_t kMaxCycles = 1000000;

const std::string kPublished = "published for the paper's machine (spec 2.5)";
const std::string kRemembered = "remembered, never seen in print (spec 2.5)";
const std::string kUnpublished = "not published: a choice of this project (spec 2.5)";
const std::string kChoice = "a choice of this project";

/// Collects the keys. `Field` picks a field out of a Config; a group's own functions pick further.
class KeyList {
 public:
  std::vector<Key> take() { return std::move(keys_); }

  void add_all() {
    add_run();
    add_paging();
    add_core();
    add_tlbs();
    add_walker();
    add_filters();
    add_latencies();
    add_memory();
    add_software();
  }

 private:
  template <class Field, class T>
  void add(std::string name, Field field, Codec<T> codec, std::string unit, std::string source,
           std::string doc) {
    keys_.push_back({std::move(name), std::move(unit), std::move(codec.range), std::move(source),
                     std::move(doc),
                     [field, write = std::move(codec.write)](const Config& config) {
                       return write(field(config));
                     },
                     [field, read = std::move(codec.read)](Config& config, const Value& value) {
                       field(config) = read(value);
                     }});
  }

  void add_run() {
    add("preset", FIELD(preset), text("a name that `nestwalk config --help` lists"), "", kChoice,
        "The machine that all other keys start from.");
    add("mode", FIELD(mode), word<Mode>(), "", kChoice,
        "How the guest and the VMM level translate (spec 2.2).");
    add("timing", FIELD(timing), word<Timing>(), "", kChoice,
        "Loosely timed, or approximately timed with queues and several walks in flight.");
    add("pages", FIELD(paging.pages), pages(), "", kChoice,
        "Page sizes, guest+nested. A native mode takes the guest half; a virtualized mode needs "
        "both.");
    add("nested_format", FIELD(paging.nested_format), word<NestedFormat>(), "", kChoice,
        "Format of the nested tables: Intel EPT or AMD NPT.");
    add("trace", FIELD(trace), text("a path, or - for standard input"), "", kChoice,
        "Recorded address stream to run; empty: none.");
    add("workload", FIELD(workload), text("see nestwalk run --workload help"), "", kChoice,
        "Generated address stream to run; empty: none.");
    add("beside", FIELD(beside), texts(), "", kChoice,
        "Further streams that run at the same time, each on a core of its own: workloads, or paths "
        "of traces. core.count follows.");
    add("beside_as", FIELD(beside_as), word<BesideAs>(), "", kChoice,
        "Each of the streams in a VM of its own, or all as processes of one; natively as "
        "processes.");
    add("skip", FIELD(skip), whole<uint64_t>(0, kMaxInteger), "loads and stores", kChoice,
        "Left out at the front of the stream; the register writes among them stay.");
    add("references", FIELD(references), optional(whole<uint64_t>(1, kMaxInteger)),
        "data references", kChoice, "Where to stop after the warm-up; unset: at the stream's end.");
    add("warmup", FIELD(warmup), whole<uint64_t>(0, kMaxInteger), "data references", kChoice,
        "Run before counting starts.");
    add("seed", FIELD(seed), whole<uint64_t>(0, kMaxInteger), "", kChoice,
        "Of everything random: workloads, bad pages, random replacement.");
    add("bad_pages", FIELD(software.bad_pages), whole<uint64_t>(0, kMaxInteger), "pages", kChoice,
        "Host frames with a hard fault, random among those that back the workload.");
    add("fetch", FIELD(fetch), flag(), "", kChoice,
        "Translate instruction fetches too, through the instruction TLB.");
    add("segment_unit", FIELD(segment_unit), word<SegmentUnit>(), "", kChoice,
        "What compares addresses with the segments: this model or its RTL.");
  }

  void add_paging() {
    add("paging.guest_levels", FIELD(paging.guest_levels), whole<int>(4, 5), "levels", kChoice,
        "Depth of the guest's tables (natively: of the only ones); 5 is LA57.");
    add("paging.nested_levels", FIELD(paging.nested_levels), whole<int>(4, 5), "levels", kChoice,
        "Depth of the nested tables.");
    add("paging.maxphyaddr", FIELD(paging.maxphyaddr), whole<int>(36, 52), "bits", kChoice,
        "Physical-address width, both dimensions.");
    add("paging.ept_accessed_dirty", FIELD(paging.ept_accessed_dirty), flag(), "", kChoice,
        "Accessed and dirty bits of EPT entries; NPT always has them.");
  }

  void add_core() {
    add("core.cpi", FIELD(core.cpi), optional(real(0, 1000)), "cycles", "spec 2.6",
        "Cycles of an instruction that nothing stalls; unset: the workload's own, else 1.");
    add("core.exposed", FIELD(core.exposed), optional(real(0, 1)), "", "spec 2.6",
        "Share of data time past the L1D that is not hidden; unset: the workload's own, else "
        "0.3.");
    add("core.outstanding", FIELD(core.outstanding), whole<uint32_t>(1, 1024), "references",
        "spec 2.6", "References in flight, a core; more than 1 needs timing at.");
    add("core.count", FIELD(core.count), whole<uint32_t>(1, kMostCores), "cores", "spec 2.6",
        "Cores, each with its own TLBs, registers and walkers, over a shared L3 and memory.");
    add("core.quantum", FIELD(core.quantum), whole<uint32_t>(1, 1000000000), "cycles", kChoice,
        "How far a core's time may run ahead of SystemC's in timing lt; no result depends on it.");
  }

  template <class Group>
  void add_geometry(const std::string& name, Group group, const std::string& pages,
                    const std::string& source) {
    add(
        name + ".entries", [=](auto& c) -> auto& { return group(c).entries; },
        whole<uint32_t>(0, kMaxEntries), "entries", source, "For " + pages + " pages; 0: none.");
    add(
        name + ".ways", [=](auto& c) -> auto& { return group(c).ways; },
        whole<uint32_t>(1, kMaxEntries), "ways", source,
        "Divide the entries; as many as entries: fully associative.");
  }

  template <class Group>
  void add_replacement(const std::string& table, Group group) {
    add(
        table + ".replacement", [=](auto& c) -> auto& { return group(c).replacement; },
        word<Replacement>(), "", kUnpublished,
        "Which way is given up; tree-plru needs a power of two of ways.");
  }

  template <class Group>
  void add_l1(const std::string& name, Group group, const std::string& source) {
    add_replacement(name, group);
    add_geometry(
        name + ".pages_4k", [=](auto& c) -> auto& { return group(c).pages_4k; }, "4K", source);
    add_geometry(
        name + ".pages_2m", [=](auto& c) -> auto& { return group(c).pages_2m; }, "2M", source);
    add_geometry(
        name + ".pages_1g", [=](auto& c) -> auto& { return group(c).pages_1g; }, "1G", source);
  }

  template <class Group>
  void add_structure_cache(const std::string& name, Group group, const std::string& dimension) {
    add(
        name + ".enabled", [=](auto& c) -> auto& { return group(c).enabled; }, flag(), "",
        kUnpublished, "Paging-structure caches of the " + dimension + " dimension.");
    add(
        name + ".pml5e_entries", [=](auto& c) -> auto& { return group(c).pml5e_entries; },
        whole<uint32_t>(0, 1024), "entries", kUnpublished, "PML5 entries, fully associative.");
    add(
        name + ".pml4e_entries", [=](auto& c) -> auto& { return group(c).pml4e_entries; },
        whole<uint32_t>(0, 1024), "entries", kUnpublished, "PML4 entries, fully associative.");
    add(
        name + ".pdpte_entries", [=](auto& c) -> auto& { return group(c).pdpte_entries; },
        whole<uint32_t>(0, 1024), "entries", kUnpublished,
        "Page-directory-pointer entries, fully associative.");
    add(
        name + ".pde_entries", [=](auto& c) -> auto& { return group(c).pde_entries; },
        whole<uint32_t>(0, kMaxEntries), "entries", kUnpublished, "Page-directory entries.");
    add(
        name + ".pde_ways", [=](auto& c) -> auto& { return group(c).pde_ways; },
        whole<uint32_t>(1, kMaxEntries), "ways", kUnpublished,
        "Ways of the page-directory entries; divide them.");
    add_replacement(name, group);
  }

  void add_tlbs() {
    add("l1_tlb.segment_entry", FIELD(mmu.segment_entry), word<PageSize>(), "", "spec 2.3",
        "Largest page that an entry holds where segments alone translate, of the L1 TLBs for data "
        "and instructions; the model's segment unit only.");
    add_l1("l1_tlb", FIELD(mmu.l1_tlb), kPublished);
    add_l1("instruction_tlb", FIELD(mmu.instruction_tlb), kRemembered);
    add("l2_tlb.entries", FIELD(mmu.l2_tlb.entries), whole<uint32_t>(1, kMaxEntries), "entries",
        kPublished, "Of the TLB behind the L1 TLBs.");
    add("l2_tlb.ways", FIELD(mmu.l2_tlb.ways), whole<uint32_t>(1, kMaxEntries), "ways", kPublished,
        "Divide the entries; the number of sets need not be a power of two.");
    add("l2_tlb.holds_2m", FIELD(mmu.l2_tlb.holds_2m), flag(), "", kPublished,
        "2M pages share the array; else it holds 4K pages only.");
    add("l2_tlb.entries_1g", FIELD(mmu.l2_tlb.entries_1g), whole<uint32_t>(0, kMaxEntries),
        "entries", kPublished, "A separate fully associative array for 1G pages; 0: none.");
    add_replacement("l2_tlb", FIELD(mmu.l2_tlb));
    add("nested_tlb.kind", FIELD(mmu.nested_tlb.kind), word<NestedTlbKind>(), "", kPublished,
        "Where gPA -> hPA translations are kept: in the L2 TLB, in a TLB of their own, or "
        "nowhere.");
    add("nested_tlb.fill", FIELD(mmu.nested_tlb.fill), word<NestedTlbFill>(), "", kUnpublished,
        "Which of the gPA -> hPA translations that walks find are kept: all, or those of guest "
        "tables' pages alone, since the data's is in the composed entry.");
    add("nested_tlb.entries", FIELD(mmu.nested_tlb.entries), whole<uint32_t>(1, kMaxEntries),
        "entries", kChoice, "Of a dedicated nested TLB.");
    add("nested_tlb.ways", FIELD(mmu.nested_tlb.ways), whole<uint32_t>(1, kMaxEntries), "ways",
        kChoice, "Of a dedicated nested TLB; divide the entries.");
    add_replacement("nested_tlb", FIELD(mmu.nested_tlb));
    add_structure_cache("guest_structure_cache", FIELD(mmu.guest_structure_cache), "guest");
    add_structure_cache("nested_structure_cache", FIELD(mmu.nested_structure_cache), "nested");
  }

  void add_walker() {
    add("walker.count", FIELD(mmu.walker.count), whole<uint32_t>(1, 1024), "walks", kPublished,
        "Walks in flight at once.");
    add("walker.queue", FIELD(mmu.walker.queue), whole<uint32_t>(0, kMaxEntries), "requests",
        kUnpublished, "Requests that wait for a walker before the L2 TLB is held up.");
    add("walker.coalesce", FIELD(mmu.walker.coalesce), flag(), "", kUnpublished,
        "A miss on a page that is being walked waits for that walk.");
  }

  template <class Group>
  void add_filter(const std::string& name, Group group) {
    const std::string source = "remembered, never seen in print (spec 2.4)";
    add(
        name + ".bits", [=](auto& c) -> auto& { return group(c).bits; },
        whole<uint32_t>(1, 1 << 19), "bits", source,
        "Size of the escape filter; a power of two, partitioned: in each partition.");
    add(
        name + ".hashes", [=](auto& c) -> auto& { return group(c).hashes; }, whole<uint32_t>(1, 8),
        "hashes", source, "H3 hash functions.");
    add(
        name + ".partitioned", [=](auto& c) -> auto& { return group(c).partitioned; }, flag(), "",
        source, "Each hash has bits / hashes of its own; else all share all bits.");
    add(
        name + ".seed", [=](auto& c) -> auto& { return group(c).seed; },
        whole<uint64_t>(0, kMaxInteger), "", kChoice, "Of the H3 matrices.");
  }

  void add_filters() {
    add_filter("filter", FIELD(mmu.filter));
    add("guest_filter.enabled", FIELD(mmu.guest_filter_enabled), flag(), "", "spec 2.4",
        "A second escape filter, on the guest segment.");
    add_filter("guest_filter", FIELD(mmu.guest_filter));
  }

  template <class Field>
  void add_latency(const std::string& name, Field field, const std::string& source,
                   const std::string& doc) {
    add("latency." + name, field, whole<Cycles>(0, kMaxCycles), "cycles", source, doc);
  }

  void add_latencies() {
    add_latency("l2_tlb", FIELD(mmu.latency.l2_tlb), kPublished,
                "A look-up in the L2 TLB, hit or miss.");
    add_latency("segment_completion", FIELD(mmu.latency.segment_completion),
                "the linear model's assumption (spec 2.3)",
                "An L1 miss that segments complete; a check that fails adds nothing.");
    add_latency("segment_check", FIELD(mmu.latency.segment_check),
                "remembered, never seen in print (spec 2.3)", "One segment check during a walk.");
    add_latency("structure_cache", FIELD(mmu.latency.structure_cache), kUnpublished,
                "One look-up in the paging-structure caches of a dimension.");
    add_latency("nested_tlb", FIELD(mmu.latency.nested_tlb), kUnpublished,
                "One nested look-up during a walk, hit or miss.");
    add_latency("ad_update", FIELD(mmu.latency.ad_update), kChoice,
                "Setting A or D in one table entry during a walk.");
    add_latency("dirty_assist", FIELD(mmu.latency.dirty_assist), kChoice,
                "Setting D for a store that hits a TLB entry whose D is clear.");
    add_latency("l1d", FIELD(mmu.latency.l1d), kRemembered, "Load-to-use of the L1 data cache.");
    add_latency("l2", FIELD(mmu.latency.l2), kRemembered, "Load-to-use of the L2 cache.");
    add_latency("l3", FIELD(mmu.latency.l3), kRemembered, "Load-to-use of the L3 cache.");
    add_latency("memory", FIELD(mmu.latency.memory), kRemembered, "Load-to-use of memory.");
    add_latency("register_write", FIELD(mmu.latency.register_write), kChoice,
                "A write of a segment register, CR3, VPID, EPTP or filter word.");
    add_latency("invalidation", FIELD(mmu.latency.invalidation), kChoice,
                "INVLPG, INVPCID, INVVPID or INVEPT.");
  }

  template <class Group>
  void add_cache(const std::string& name, Group group) {
    add(
        name + ".enabled", [=](auto& c) -> auto& { return group(c).enabled; }, flag(), "",
        kRemembered, "Off: its accesses go to the next level.");
    add(
        name + ".size", [=](auto& c) -> auto& { return group(c).size; }, size(64, int64_t{1} << 36),
        "bytes", kRemembered, "A multiple of ways x 64 bytes.");
    add(
        name + ".ways", [=](auto& c) -> auto& { return group(c).ways; }, whole<uint32_t>(1, 4096),
        "ways", kRemembered, "The number of sets need not be a power of two.");
    add_replacement(name, group);
  }

  void add_memory() {
    add("memory.data_path", FIELD(memory.data_path), flag(), "", "spec 2.5",
        "Data accesses go through the caches and compete with table entries there.");
    add_cache("memory.l1d", FIELD(memory.l1d));
    add_cache("memory.l2", FIELD(memory.l2));
    add_cache("memory.l3", FIELD(memory.l3));
  }

  void add_software() {
    add("software.primary_region", FIELD(software.primary_region), optional(range()),
        "guest virtual addresses", kChoice,
        "What the guest segment covers; unset: the workload's region, or the cluster of touched "
        "pages with most references.");
    add("software.timeline", FIELD(software.timeline), whole<uint64_t>(0, kMaxInteger),
        "data references", kChoice,
        "Interval of the timeline: mode, segments and cycles of each; 0: none.");
    add("software.scattered_frames", FIELD(software.scattered_frames), flag(), "", kChoice,
        "4K guest pages lie anywhere within their 1 GiB, by the seed; else side by side.");
    add("software.page_colors", FIELD(software.page_colors), whole<uint32_t>(1, 1 << 18), "colors",
        kChoice,
        "Of scattered frames: pages get frames of successive colors, a frame's color being its "
        "number modulo this, a power of two; 1: any frame.");
    add("software.guest_fault", FIELD(software.guest_fault), whole<Cycles>(0, kMaxCycles), "cycles",
        kChoice, "A page fault that the guest OS serves.");
    add("software.nested_fault", FIELD(software.nested_fault), whole<Cycles>(0, kMaxCycles),
        "cycles", kChoice, "A nested fault that the VMM serves.");
    add("software.model", FIELD(software.model), word<SoftwareModel>(), "", kChoice,
        "Memory laid out once and never fragmented, or managed by allocators and a mode policy: "
        "all keys below.");
    add("software.schedule", FIELD(software.managed.schedule), schedule(), "", kChoice,
        "Requests to guest OS and VMM, each `REFERENCE OPERATION [SIZE]`: balloon, deflate, share, "
        "vmm-swap, guest-swap, migrate, grow, shrink.");
    add("software.interval", FIELD(software.managed.interval), whole<uint64_t>(1, kMaxInteger),
        "data references", kChoice, "Between two slices of background work.");
    add("software.duplicates", FIELD(software.managed.duplicates), real(0, 1), "", kChoice,
        "Share of the pages that hold the same bytes once written: what page sharing finds.");
    add("software.guest.memory", FIELD(software.managed.guest_memory), memory_size(), "bytes",
        kChoice, "Of each VM at its start, a multiple of 2MiB.");
    add("software.guest.io_gap", FIELD(software.managed.io_gap), flag(), "", "spec 3",
        "Guest memory leaves out 3 GiB to 4 GiB, until that is reclaimed.");
    add("software.guest.direct_segments", FIELD(software.managed.guest_direct_segments), flag(), "",
        "spec 3", "The guest OS was changed to use segments.");
    add_fragmentation("software.guest", FIELD(software.managed.guest_fragmentation));
    add("software.vmm.direct_segments", FIELD(software.managed.vmm_direct_segments), flag(), "",
        "spec 3", "The VMM was changed to use segments.");
    add("software.host.memory", FIELD(software.managed.host_memory), memory_size(), "bytes",
        kChoice, "Of each host, a multiple of 2MiB; live migration goes to a second one.");
    add_fragmentation("software.host", FIELD(software.managed.host_fragmentation));
    add("software.compaction.enabled", FIELD(software.managed.compaction), flag(), "", "spec 3",
        "Of host memory, where a VMM segment is wanted.");
    add_slice("software.compaction.slice", FIELD(software.managed.compaction_slice), "frames");
    add("software.self_ballooning.enabled", FIELD(software.managed.self_ballooning), flag(), "",
        "spec 3", "Where a guest segment is wanted.");
    add_slice("software.self_ballooning.slice", FIELD(software.managed.balloon_slice), "pages");
    add("software.collapse.slice", FIELD(software.managed.collapse_slice),
        whole<uint64_t>(0, kMaxInteger), "2M ranges", kChoice,
        "Made 2M pages of 4K ones, each interval; 0: never.");
    add("software.collapse.least_pages", FIELD(software.managed.collapse_at),
        whole<uint64_t>(1, 512), "pages", kChoice, "4K pages that such a range must have.");
    add_slice("software.migration.slice", FIELD(software.managed.migration_slice), "pages");
    add("software.migration.few_pages", FIELD(software.managed.migration_few),
        whole<uint64_t>(0, kMaxInteger), "pages", kChoice,
        "So many dirty pages, or fewer, are copied with the VM stopped.");
    add("software.migration.most_rounds", FIELD(software.managed.migration_rounds),
        whole<uint64_t>(1, 1000), "rounds", kChoice, "After so many the VM is stopped.");
    add("software.limits.most_escapes", FIELD(software.managed.most_escapes),
        whole<uint64_t>(0, kMaxInteger), "pages", "spec 2.4",
        "Pages that operations may let escape a segment.");
    for (const auto& limited : words<LimitedOperation>())
      add(
          "software.limits." + std::string(limited.text),
          [i = static_cast<size_t>(limited.value)](auto& c) -> auto& {
            return c.software.managed.limits[i];
          },
          word<LimitAction>(), "", "spec 3", "What is done where a segment limits it.");
    for (const auto& operation : words<Operation>())
      add(
          "software.cost." + std::string(operation.text),
          [i = static_cast<size_t>(operation.value)](auto& c) -> auto& {
            return c.software.managed.costs[i];
          },
          whole<Cycles>(0, kMaxCycles), "cycles", kChoice, operation_doc(operation.value));
  }

  static Codec<uint64_t> memory_size() { return size(int64_t{1} << 21, int64_t{1} << 44); }

  static std::string operation_doc(Operation operation) {
    switch (operation) {
      case Operation::kPageCopy:
        return "4 KiB copied from one frame to another.";
      case Operation::kShootdown:
        return "An invalidation on all cores.";
      case Operation::kRegisterWrite:
        return "Segment registers or a filter written, on all cores.";
      case Operation::kBalloonPage:
        return "A page that the balloon driver pins or lets go.";
      case Operation::kHotPlug:
        return "Memory added to or removed from a running guest, a call.";
      case Operation::kCompare:
        return "Two pages compared.";
      case Operation::kSwapOut:
        return "A page written to the swap device.";
      case Operation::kSwapIn:
        return "A page read from the swap device.";
    }
    return {};
  }

  template <class Field>
  void add_slice(const std::string& name, Field field, const std::string& unit) {
    add(name, field, whole<uint64_t>(1, kMaxInteger), unit, kChoice, "Done in one interval.");
  }

  template <class Group>
  void add_fragmentation(const std::string& name, Group group) {
    add(
        name + ".used", [=](auto& c) -> auto& { return group(c).used; }, real(0, 0.999), "",
        kChoice, "Share of the memory that others hold.");
    add(
        name + ".mean_run", [=](auto& c) -> auto& { return group(c).mean_run; },
        whole<uint64_t>(1, int64_t{1} << 30), "4K frames", kChoice,
        "Mean length of the runs that others hold; more where free runs would be shorter than a "
        "frame.");
    add(
        name + ".immovable", [=](auto& c) -> auto& { return group(c).immovable; }, real(0, 1), "",
        kChoice, "Share of these runs that cannot be moved.");
  }

  std::vector<Key> keys_;
};

}  // namespace

std::string_view Key::table() const {
  const size_t dot = name.rfind('.');
  return dot == name.npos ? std::string_view{} : std::string_view(name).substr(0, dot);
}

std::string_view Key::leaf() const {
  const size_t dot = name.rfind('.');
  return dot == name.npos ? std::string_view(name) : std::string_view(name).substr(dot + 1);
}

const std::vector<Key>& keys() {
  static const std::vector<Key> all = [] {
    KeyList list;
    list.add_all();
    return list.take();
  }();
  return all;
}

const Key* find_key(std::string_view name) {
  const auto found =
      std::find_if(keys().begin(), keys().end(), [&](const Key& key) { return key.name == name; });
  return found == keys().end() ? nullptr : &*found;
}

const Key* first_key_of(std::string_view table) {
  const std::string prefix = std::string(table) + ".";
  const auto found = std::find_if(keys().begin(), keys().end(), [&](const Key& key) {
    return key.name.compare(0, prefix.size(), prefix) == 0;
  });
  return found == keys().end() ? nullptr : &*found;
}

std::string describe_unknown_key(std::string_view name) {
  if (const Key* first = first_key_of(name)) return "is a table of keys, such as " + first->name;
  const std::string near = suggest(name, names_of(keys()));
  if (near.empty()) return "unknown key; `nestwalk config` lists all";
  return "unknown key; did you mean " + near + "?";
}

}  // namespace nestwalk
