// SPDX-License-Identifier: Apache-2.0
// A platform around Nestwalk's MMU: a processor that reads by b_transport and by four phases, the
// MMU, caches and memory. doc/embedding.md explains it.
#include <iostream>
#include <systemc>
#include <tlm>

#include "model/memory/memory_system_module.h"
#include "model/mmu/mmu.h"
#include "model/paging/x86_entry.h"
#include "model/tlm/at_ports.h"
#include "model/tlm/persistent_payload.h"
#include "model/tlm/translation_extension.h"

using namespace nestwalk;

namespace {

constexpr uint64_t kMemory = 256 << 20;        // of the host
constexpr uint64_t kGuestMemory = 64 << 20;    // gPA 0 up ...
constexpr uint64_t kGuestAtHost = 128 << 20;   // ... lies here
constexpr GuestVirtual kPage{0x7f0000001000};  // the guest's program has two pages, this one ...
constexpr GuestPhysical kFrame{0x20000};       // ... and the next, backed side by side
constexpr uint64_t kPageSize = 4096;

/// Where the VMM put a guest-physical address.
HostPhysical host(GuestPhysical address) {
  return HostPhysical(address.value() + kGuestAtHost);
}

/// What the guest OS does: four levels of tables that map both pages. Returns CR3.
GuestPhysical build_tables(PhysicalMemory& memory) {
  const GuestPhysical root(0x10000);
  GuestPhysical table = root;
  for (int level = 4; level >= 1; --level) {
    const auto entry_at = [&](uint64_t index) { return host(table + 8 * index); };
    const auto entry = [](GuestPhysical to) {
      return GuestEntry()
          .set_present(true)
          .set_writable(true)
          .set_user(true)
          .set_address(to)
          .word();
    };
    const uint64_t index = kPage.value() >> (9 * level + 3) & 511;
    if (level > 1) {
      memory.write(entry_at(index), entry(table + kPageSize));
      table = table + kPageSize;
    } else {
      memory.write(entry_at(index), entry(kFrame));
      memory.write(entry_at(index + 1), entry(kFrame + kPageSize));
    }
  }
  return root;
}

class Processor : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  Processor(const sc_core::sc_module_name& name, Mmu& mmu, const Clock& clock)
      : sc_core::sc_module(name),
        mmu_(mmu),
        clock_(clock),
        requests_(socket, [this](tlm::tlm_generic_payload&, const sc_core::sc_time& delay) {
          answered_.notify(delay);
        }) {
    socket.bind(*this);
    SC_HAS_PROCESS(Processor);
    SC_THREAD(run);
  }

  InitiatorSocket socket{"socket"};

 private:
  void run() {
    read_loosely(kPage);
    read_loosely(kPage + 8);  // the same page again
    // Both levels by segments: from here on the machine is dual-direct.
    mmu_.write_guest_segment(
        GuestSegment(kPage, kPage + 2 * kPageSize, kFrame.value() - kPage.value()));
    read_in_phases(kPage + kPageSize);
    mmu_.write_guest_segment({});  // and vmm-direct again
    read_in_phases(kPage + kPageSize);
    read_in_phases(kPage + 2 * kPageSize);  // not mapped
  }

  /// LT: the time comes back annotated, and is waited for.
  void read_loosely(GuestVirtual address) {
    prepare(address);
    payload_.acquire();
    sc_core::sc_time delay;
    socket->b_transport(payload_, delay);
    wait(delay);
    payload_.release();
    print("LT", address);
  }

  /// AT: the request goes out, the answer comes as an event.
  void read_in_phases(GuestVirtual address) {
    prepare(address);
    payload_.acquire();
    requests_.send(payload_, sc_core::SC_ZERO_TIME);
    wait(answered_);
    payload_.release();
    print("AT", address);
  }

  void prepare(GuestVirtual address) {
    began_ = sc_core::sc_time_stamp();
    translation_ = {};
    translation_.access = {AccessKind::kRead, true};  // by a user
    payload_.set_extension(&translation_);
    payload_.set_command(tlm::TLM_READ_COMMAND);
    payload_.set_address(address.value());
    payload_.set_data_ptr(reinterpret_cast<unsigned char*>(&data_));
    payload_.set_data_length(sizeof data_);
    payload_.set_streaming_width(sizeof data_);
    payload_.set_byte_enable_ptr(nullptr);
    payload_.set_dmi_allowed(false);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }

  void print(const char* how, GuestVirtual address) const {
    std::cout << how << std::hex << " 0x" << address.value() << ": ";
    if (payload_.is_response_ok())
      std::cout << "hPA 0x" << translation_.translation.address.value() << ", read 0x" << data_;
    else
      std::cout << payload_.get_response_string() << ", #PF error code 0x"
                << translation_.fault.code;
    std::cout << std::dec << ", " << clock_.count(sc_core::sc_time_stamp() - began_)
              << " cycles, translation " << clock_.count(translation_.translation_time) << '\n';
  }

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override {
    return requests_.receive(payload, phase, delay);
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  Mmu& mmu_;
  Clock clock_;
  RequestPort requests_;
  TranslationExtension translation_;
  PersistentPayload payload_;  // a payload for nb_transport needs a memory manager: it brings one
  uint64_t data_ = 0;
  sc_core::sc_time began_;
  sc_core::sc_event answered_;
};

}  // namespace

int sc_main(int, char**) {
  const Clock clock(500);  // picoseconds a cycle: 2 GHz
  PhysicalMemory contents(kMemory);
  const MmuConfig config;  // the paper's machine
  Mmu mmu("mmu", config, clock);
  MemorySystem memory("memory", MemoryHierarchyConfig(), config.latency, clock, contents, 1, 1);
  Processor processor("processor", mmu, clock);
  processor.socket.bind(mmu.cpu());
  mmu.memory().bind(memory.socket(0, MemorySystem::kData));
  mmu.tables().bind(memory.socket(0, MemorySystem::kTables));

  // What the VMM does: one segment for all of the guest's memory.
  TranslationContext vm;
  vm.virtualized = true;
  vm.vpid = Vpid{1};  // 0 is the host
  vm.guest.root = build_tables(contents);
  vm.vmm_segment = VmmSegment(GuestPhysical(0), GuestPhysical(kGuestMemory), kGuestAtHost);
  mmu.load_vm(vm);
  contents.write(host(kFrame), 0x1111);
  contents.write(host(kFrame + 8), 0x2222);
  contents.write(host(kFrame + kPageSize), 0x3333);

  sc_core::sc_start();
  const WalkStatistics& walks = mmu.walker.statistics;
  std::cout << walks.walks << " walks, " << walks.cycles << " cycles, " << walks.memory_references
            << " table reads, " << walks.segment_checks << " segment checks\n";
  return 0;
}
