// SPDX-License-Identifier: Apache-2.0
// Changes at run time: of the mode, of the process, of the VM.
#include <fmt/format.h>

#include <algorithm>

#include "sim/config/words.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/run.h"
#include "sim/plot/bar_chart.h"
#include "sim/reproduce/event_stream.h"
#include "sim/reproduce/extras.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;
using Events = std::function<std::vector<StreamEvent>(uint64_t)>;

/// Changes of the mode in a run; even, so that both modes get equal parts of it. A change's cost is
/// the slope from the fewest to the most.
constexpr uint64_t kFewest = 20;
constexpr uint64_t kBetween = 100;
constexpr uint64_t kMost = 500;
constexpr uint64_t kChanges[] = {kMost, kBetween, kFewest};
const std::vector<std::string> kWorkloads{"gups", "mcf", "omnetpp"};

Json run_with_events(Config config, uint64_t interval,
                     const std::function<Events(const TranslationContext&)>& events) {
  std::unique_ptr<Stream> plain = open_stream(config, std::nullopt);
  Events made;
  {
    Machine machine(config, *plain, {});  // for its registers; nothing is read
    made = events(machine.mmu(0).context());
  }
  EventStream stream(std::move(plain), interval, std::move(made));
  Machine machine(config, stream, {});
  machine.run();
  Json json = Json::parse(to_json(machine.result()).dump());
  json.erase("config");
  return json;
}

/// A run whose stream has events; `what` names them and is part of the cell's parameters.
Cell event_cell(const std::string& name, const std::string& what, const Config& config,
                uint64_t interval, const std::function<Events(const TranslationContext&)>& events) {
  Cell cell = run_cell(name, config);
  cell.parameters["events"] = what;
  cell.parameters["interval"] = interval;
  cell.simulate = [=] { return run_with_events(config, interval, events); };
  return cell;
}

/// The VMM's segment off and on again, in turns.
Events toggle_vmm_segment(const TranslationContext& context) {
  const VmmSegment on = context.vmm_segment;
  return [on](uint64_t number) {
    const VmmSegment segment = number % 2 == 0 ? VmmSegment() : on;
    return std::vector<StreamEvent>{
        {ControlOperation::kVmmSegmentBase, segment.base().value()},
        {ControlOperation::kVmmSegmentOffset, segment.offset()},
        {ControlOperation::kVmmSegmentLimit, segment.limit().value()},
    };
  };
}

/// A mode with a VMM segment, and what it is without.
struct ModePair {
  Mode on;
  Mode off;
};

constexpr ModePair kPairs[] = {{Mode::kVmmDirect, Mode::kBaseVirtualized},
                               {Mode::kDualDirect, Mode::kGuestDirect}};

class ModeChanges : public Experiment {
 public:
  explicit ModeChanges(const RunLength& length) : length_(length) {}

  void plan(Campaign& campaign) const override {
    for (const std::string& workload : kWorkloads)
      for (const ModePair& pair : kPairs) {
        for (const Mode mode : {pair.on, pair.off})
          campaign.add(run_cell(steady_name(workload, mode), config(workload, mode)));
        for (const uint64_t changes : kChanges)
          campaign.add(event_cell(changing_name(workload, pair, changes),
                                  "VMM segment off and on in turns", config(workload, pair.on),
                                  interval(changes), toggle_vmm_segment));
      }
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    std::string csv =
        "workload,mode,other_mode,references_between_changes,extra_cycles,slow_down,"
        "cycles_a_change,mixture_cycles\n";
    std::string table = "| workload | between |";
    for (const uint64_t changes : kChanges)
      table += fmt::format(" every {} references |", interval(changes));
    table +=
        " cycles a change | the mixture | off the line |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    for (const std::string& workload : kWorkloads)
      for (const ModePair& pair : kPairs) {
        table +=
            fmt::format("| {} | {} and {} |", workload, to_string(pair.on), to_string(pair.off));
        const double steady = (cycles(campaign, steady_name(workload, pair.on)) +
                               cycles(campaign, steady_name(workload, pair.off))) /
                              2;
        const auto extra = [&](uint64_t changes) {
          return cycles(campaign, changing_name(workload, pair, changes)) - steady;
        };
        const double each = (extra(kMost) - extra(kFewest)) / (kMost - kFewest);
        const double mixture = extra(kFewest) - each * kFewest;
        for (const uint64_t changes : kChanges) {
          csv += fmt::format("{},{},{},{},{:.0f},{:.6f},{:.1f},{:.0f}\n", workload,
                             to_string(pair.on), to_string(pair.off), interval(changes),
                             extra(changes), extra(changes) / steady, each, mixture);
          table += fmt::format(" {} |", short_percent(extra(changes) / steady));
        }
        table += fmt::format(" {:.0f} | {} | {} |\n", each, short_percent(mixture / steady),
                             short_percent((extra(kBetween) - mixture - each * kBetween) / steady));
      }
    directory.write("mode-changes.csv", csv);
    return "## Changing the mode at run time\n\n"
           "The VMM's segment is written off and on again while the workload runs; the first "
           "columns are the execution time over the mean of the two modes run steadily, at three "
           "frequencies. *Cycles a change* is the slope from " +
           std::to_string(kFewest) + " to " + std::to_string(kMost) +
           " changes a run: what grows with the number of changes. *The mixture* is what the slope "
           "leaves at no change at all, over the same mean: the price of running two modes in "
           "turns, however often they change. *Off the line* is how far the run of " +
           std::to_string(kBetween) +
           " changes lies from the two together: where it is as large as what the slope makes of " +
           std::to_string(kMost) +
           " changes, the two cannot be told apart. Writing the registers itself is 0 cycles "
           "(`latency.register_write`), the VMM's own work is not in it. " +
           length_.text() + ".\n\n" + table + "\n";
  }

 private:
  Config config(const std::string& workload, Mode mode) const {
    return paper_config(workload, mode, "4K+4K", length_);
  }
  static std::string steady_name(const std::string& workload, Mode mode) {
    return fmt::format("steady {} {}", workload, to_string(mode));
  }
  uint64_t interval(uint64_t changes) const {
    return std::max<uint64_t>(1, length_.references() / changes);
  }
  static std::string changing_name(const std::string& workload, const ModePair& pair,
                                   uint64_t changes) {
    return fmt::format("changing {} {} {} times", workload, to_string(pair.on), changes);
  }
  static double cycles(const Campaign& campaign, const std::string& name) {
    return RunFigures(campaign.result(name)).cycles;
  }

  RunLength length_;
};

/// How two address spaces or VMs take turns.
struct Switching {
  std::string name;
  std::function<std::vector<StreamEvent>(uint64_t)> events;
};

std::vector<StreamEvent> switch_process(uint64_t number, bool keep) {
  const uint64_t process = (number + 1) % 2;
  const uint64_t keep_bit = keep ? uint64_t{1} << 63 : 0;
  return {{ControlOperation::kCr3, keep_bit | process << 12 | process}};
}

std::vector<StreamEvent> switch_vm(uint64_t number, bool keep) {
  const uint64_t vm = 1 + (number + 1) % 2;
  std::vector<StreamEvent> events{{ControlOperation::kVpid, vm}};
  if (!keep) events.push_back({ControlOperation::kInvvpidAll, 0});
  return events;
}

const std::vector<Switching>& switchings() {
  static const std::vector<Switching> all{
      {"process, PCID", [](uint64_t number) { return switch_process(number, true); }},
      {"process, flushed", [](uint64_t number) { return switch_process(number, false); }},
      {"VM, VPID", [](uint64_t number) { return switch_vm(number, true); }},
      {"VM, flushed", [](uint64_t number) { return switch_vm(number, false); }},
  };
  return all;
}

constexpr Mode kSwitchedModes[] = {Mode::kBaseVirtualized, Mode::kVmmDirect, Mode::kGuestDirect,
                                   Mode::kDualDirect};
const std::vector<std::string> kSwitchedWorkloads{"omnetpp", "streamcluster", "gups"};

class TaggedTlbs : public Experiment {
 public:
  explicit TaggedTlbs(const RunLength& length) : length_(length) {}

  void plan(Campaign& campaign) const override {
    each([&](const std::string& workload, Mode mode, const Switching& switching) {
      campaign.add(event_cell(name(workload, mode, switching), switching.name,
                              paper_config(workload, mode, "4K+4K", length_), kInterval,
                              [switching](const TranslationContext&) { return switching.events; }));
    });
  }

  std::string report(const Campaign& campaign, const ResultDirectory& directory) const override {
    std::string csv = "workload,mode,switch,interval,cycles,walk_cycles\n";
    each([&](const std::string& workload, Mode mode, const Switching& switching) {
      const RunFigures run(campaign.result(name(workload, mode, switching)));
      csv += fmt::format("{},{},\"{}\",{},{:.0f},{:.0f}\n", workload, to_string(mode),
                         switching.name, kInterval, run.cycles, run.walk_cycles);
    });
    directory.write("tagged.csv", csv);
    std::string table =
        "| workload | mode | walk cycles, PCID | flushed | slow-down by flushing | walk cycles, "
        "VPID | flushed | slow-down by flushing |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    const bool switches = length_.references() > kInterval;
    for (const std::string& workload : kSwitchedWorkloads)
      for (const Mode mode : kSwitchedModes) {
        table += fmt::format("| {} | {} |", workload, to_string(mode));
        for (size_t kind = 0; kind < switchings().size(); kind += 2) {
          const RunFigures kept(campaign.result(name(workload, mode, switchings()[kind])));
          const RunFigures flushed(campaign.result(name(workload, mode, switchings()[kind + 1])));
          table += fmt::format(" {:.0f} | {:.0f} | {} |", kept.walk_cycles, flushed.walk_cycles,
                               switches ? short_percent(flushed.cycles / kept.cycles - 1) : "-");
        }
        table += "\n";
      }
    return "## Tagged TLBs against flushed ones\n\n"
           "The stream's references are dealt in turns of " +
           std::to_string(kInterval) +
           " to two processes, or to two VMs. Tagged: entries outlive the switch. Flushed: CR3 is "
           "written without its keep bit; INVVPID follows the VM entry. " +
           length_.text() + ".\n\n" + table + "\n";
  }

 private:
  static constexpr uint64_t kInterval = 10000;

  template <class Visit>
  static void each(Visit visit) {
    for (const std::string& workload : kSwitchedWorkloads)
      for (const Mode mode : kSwitchedModes)
        for (const Switching& switching : switchings()) visit(workload, mode, switching);
  }
  static std::string name(const std::string& workload, Mode mode, const Switching& switching) {
    return fmt::format("switching {} {} {}", workload, to_string(mode), switching.name);
  }

  RunLength length_;
};

}  // namespace

std::unique_ptr<Experiment> mode_changes(const RunLength& length) {
  return std::make_unique<ModeChanges>(length);
}

std::unique_ptr<Experiment> tagged_tlbs(const RunLength& length) {
  return std::make_unique<TaggedTlbs>(length);
}

}  // namespace nestwalk
