// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sim/software/vmm/virtual_machine.h"

namespace nestwalk {

/// When live migration stops copying while the VM runs.
struct LiveMigrationConfig {
  uint64_t few_pages = 64;   ///< So many dirty pages, or fewer, are copied with the VM stopped.
  uint64_t most_rounds = 8;  ///< After so many rounds the VM is stopped whatever is left.
};

/// What a live migration came to.
struct LiveMigrationReport {
  uint64_t rounds = 0;
  uint64_t pages = 0;          ///< Copied in all.
  uint64_t stopped_pages = 0;  ///< Of these, with the VM stopped.
  bool identical = false;      ///< Both memories, byte for byte, when the VM was stopped.
};

/// Moves a running VM to another host: copies all its pages, then again those that were written
/// meanwhile, until few are left; then stops the VM, copies these, and lets it go on over there.
/// Pages written are found by D bits, or by taking the right to write away where the nested format
/// keeps no D. No segment may translate the VM's memory meanwhile.
class LiveMigration {
 public:
  LiveMigration(VirtualMachine& vm, HostMemory& destination, const LiveMigrationConfig& config,
                Ledger& ledger);

  enum class State : uint8_t {
    kGoesOn,
    kMoved,      ///< The VM runs on the destination.
    kAbandoned,  ///< The destination is full: the VM stays, and may enter a segment again.
  };
  /// Copies up to `pages` pages. Not to be called again once it has ended.
  State step(uint64_t pages);

  /// The VM will have no block over there, and none of the frames that were taken for one alone.
  void give_up_block();

  const LiveMigrationReport& report() const { return report_; }

 private:
  State abandon();
  bool copy(uint64_t frame);
  std::optional<uint64_t> place(uint64_t frame);
  bool place_large(uint64_t first, PageSize size);
  State stop_and_move();
  bool is_identical();

  VirtualMachine* vm_;
  HostMemory* destination_;
  LiveMigrationConfig config_;
  Ledger* ledger_;
  std::optional<VirtualMachine::Block> block_;     ///< On the destination.
  std::unordered_map<uint64_t, uint64_t> places_;  ///< Guest frame: host frame there.
  std::vector<uint64_t> pending_;                  ///< Of this round, last first.
  LiveMigrationReport report_;
};

}  // namespace nestwalk
