// SPDX-License-Identifier: Apache-2.0
// One run of the bench: a sequence, a seed, a design. Exit status 0 without a mismatch, 1 with one
// or if the run fails, 2 for usage. The line that begins with "finished" is the last of every run
// that came to its end.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <systemc>

#include "sim/cli/number_range.h"
#include "sim/io/destination.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"
#include "tb/bench/driver.h"
#include "tb/bench/monitor.h"
#include "tb/bench/pins.h"
#include "tb/bench/scoreboard.h"
#include "tb/dut/dut.h"
#include "tb/sequences/sequence.h"

namespace {

using namespace nestwalk::bench;  // NOLINT: the bench's own program

/// libsystemc prints a banner before sc_main unless the environment says otherwise by then.
const bool kBannerOff = setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "DISABLE", 1) == 0;

struct Options {
  std::string sequence = "random";
  uint64_t seed = 1;
  uint64_t transactions = 10000;
  std::string functional_coverage;
  std::string rtl_coverage;
  std::string waves;
  std::optional<uint64_t> waves_around;
  std::string sabotage;
};

/// Spoils what the scoreboard is told, once: a bench that does not notice is no bench.
class Saboteur {
 public:
  Saboteur(const std::string& kind, Scoreboard& scoreboard)
      : kind_(kind), scoreboard_(scoreboard) {}

  void answer(const Answer& answer, uint32_t waited) {
    if (++answers_ < kWhen || !is_due()) return scoreboard_.answer(answer, waited);
    if (kind_ == "swap") return swap(answer, waited);
    done_ = true;
    if (kind_ == "drop") return;
    Answer told = answer;
    if (kind_ == "corrupt") told.id ^= 1;
    scoreboard_.answer(told, waited);
    if (kind_ == "repeat") scoreboard_.answer(told, waited);
  }

  /// Whether something is still to be spoiled.
  bool is_due() const { return !kind_.empty() && !done_; }

 private:
  static constexpr uint64_t kWhen = 50;

  /// With the answer before it, once their ids tell them apart.
  void swap(const Answer& answer, uint32_t waited) {
    done_ = held_ && held_->id != answer.id;
    if (done_) scoreboard_.answer(answer, waited);
    if (held_) scoreboard_.answer(*held_, waited);
    if (!done_) held_ = answer;
  }

  std::string kind_;
  Scoreboard& scoreboard_;
  uint64_t answers_ = 0;
  bool done_ = false;
  std::optional<Answer> held_;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        parameters_(dut_parameters()),
        sequence_(make_sequence(options.sequence, parameters_, options.seed, options.transactions)),
        driver_("driver", pins_, clock_, *sequence_, parameters_, options.seed + 1),
        monitor_(
            "monitor", pins_, clock_, parameters_.depth,
            {[this] { scoreboard_.reset(); },
             [this](const Request& request) { scoreboard_.request_in_reset(request); },
             [this](const Request& request, bool back_to_back) {
               scoreboard_.request(request, back_to_back);
             },
             [this](const Answer& answer, uint32_t waited) { saboteur_.answer(answer, waited); },
             [this](const char* what) { scoreboard_.breach(what); }}) {
    dut_ = make_dut(clock_, pins_, options.seed);
  }

  int run() {
    if (!options_.waves.empty() && !dut_->has_waves())
      return refuse("this build has no waves: take the flavour that has");
    if (!options_.rtl_coverage.empty() && !dut_->has_coverage())
      return refuse("this build has no RTL coverage: take the flavour that has");
    record_waves();
    sc_core::sc_start(2 * kPeriod);  // in reset: what is random at power-on covers nothing
    dut_->begin_coverage();
    while (!driver_.done() && moves()) record_waves();
    sc_core::sc_start(100 * kPeriod);  // what is under way comes out
    if (waves_ == Waves::kDue) fmt::print(stderr, "no waves: the run ended before their cycle\n");
    if (saboteur_.is_due()) scoreboard_.breach("the run was too short to spoil an answer");
    scoreboard_.finish();
    if (!options_.functional_coverage.empty()) write_functional_coverage();
    if (!options_.rtl_coverage.empty())
      nestwalk::write_file_atomically(options_.rtl_coverage, dut_->coverage());
    report();
    return scoreboard_.statistics().mismatches == 0 ? 0 : 1;
  }

 private:
  enum class Waves : uint8_t { kDue, kRecording, kDone };
  static constexpr uint64_t kStep = 1000;  ///< Cycles.
  const sc_core::sc_time kPeriod{2, sc_core::SC_NS};

  /// Whether the next thousand cycles accept a request, or find the sequence over: its pauses and
  /// stalls are much shorter.
  bool moves() {
    const uint64_t accepted = driver_.accepted();
    sc_core::sc_start(kStep * kPeriod);
    if (driver_.done() || driver_.accepted() != accepted) return true;
    scoreboard_.breach("no request was accepted for a thousand cycles");
    return false;
  }

  /// Asked every thousand cycles, to begin or end them: around a cycle they show one or two
  /// thousand before it and after it.
  void record_waves() {
    const std::optional<uint64_t>& around = options_.waves_around;
    const uint64_t now = monitor_.cycles();
    if (waves_ == Waves::kDue && (!around || now + 2 * kStep > *around)) {
      dut_->begin_waves(options_.waves);
      waves_ = Waves::kRecording;
    } else if (waves_ == Waves::kRecording && around && now > *around + kStep) {
      dut_->end_waves();
      waves_ = Waves::kDone;
    }
  }

  static int refuse(const char* what) {
    fmt::print(stderr, "bench: {}\n", what);
    return 2;
  }

  void write_functional_coverage() const {
    const nlohmann::ordered_json json{{"design", parameters_.name},
                                      {"groups", scoreboard_.coverage().to_json()}};
    nestwalk::write_file_atomically(options_.functional_coverage, json.dump(1) + '\n');
  }

  void report() const {
    const Scoreboard::Statistics& statistics = scoreboard_.statistics();
    for (const std::string& complaint : scoreboard_.complaints())
      fmt::print("mismatch: {}\n", complaint);
    fmt::print("{}: sequence {}, seed {}\n", parameters_.name, options_.sequence, options_.seed);
    fmt::print("requests {}, answers {}, resets {}, lost to resets {}, cycles {}\n",
               statistics.requests, statistics.answers, statistics.resets,
               statistics.lost_to_resets, monitor_.cycles());
    fmt::print("finished with {} mismatches\n", statistics.mismatches);
    if (std::fflush(stdout) != 0) throw std::runtime_error("standard output cannot be written");
  }

  Options options_;
  Parameters parameters_;
  sc_core::sc_clock clock_{"clock", kPeriod};
  Pins pins_;
  Scoreboard scoreboard_{parameters_, [this] { return monitor_.cycles(); }};
  Saboteur saboteur_{options_.sabotage, scoreboard_};
  std::unique_ptr<Sequence> sequence_;
  Driver driver_;
  Monitor monitor_;
  std::unique_ptr<Dut> dut_;
  Waves waves_ = options_.waves.empty() ? Waves::kDone : Waves::kDue;
};

/// Verilator aborts where it cannot write, and removes what is in the place of the waves, be it a
/// device.
void require_outputs(const Options& options) {
  const std::filesystem::path waves = nestwalk::destination(options.waves);
  if (!options.waves.empty() && exists(waves) && !is_regular_file(waves))
    throw nestwalk::InputError(options.waves + ": is not a file, which waves need");
  for (const std::string& path : {options.functional_coverage, options.rtl_coverage, options.waves})
    if (!path.empty()) nestwalk::require_writable(path);
}

int complain(const std::exception& error, int code) {
  fmt::print(stderr, "bench: {}\n", error.what());
  return code;
}

int run(int argc, char** argv) {
  constexpr uint64_t kMostTransactions = 1000000000000;
  Options options;
  CLI::App app("Runs a sequence against the direct segments' stage and checks every answer.");
  app.add_option("--sequence", options.sequence, "What to drive")
      ->capture_default_str()
      ->check(CLI::IsMember(sequence_names()));
  app.add_option("--seed", options.seed, "Of everything random")
      ->capture_default_str()
      ->check(nestwalk::whole_number_in(0, UINT64_MAX));
  app.add_option("--transactions", options.transactions, "About how many")
      ->capture_default_str()
      ->check(nestwalk::whole_number_in(1, kMostTransactions));
  app.add_option("--functional-coverage", options.functional_coverage, "Write its bins as JSON");
  app.add_option("--rtl-coverage", options.rtl_coverage, "Write line and toggle counts");
  CLI::Option* waves = app.add_option("--waves", options.waves, "Write an FST file");
  app.add_option("--waves-around", options.waves_around, "Of the cycles around this one alone")
      ->check(nestwalk::whole_number_in(0, UINT64_MAX / 2))
      ->needs(waves);
  app.add_option("--sabotage", options.sabotage, "Spoil one answer, to see it noticed")
      ->check(CLI::IsMember({"drop", "repeat", "swap", "corrupt"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    require_outputs(options);
    return Bench(options).run();
  } catch (const nestwalk::InputError& error) {
    return complain(error, 2);
  } catch (const std::exception& error) {
    return complain(error, 1);
  }
}

}  // namespace

int sc_main(int argc, char** argv) {
  return kBannerOff ? run(argc, argv) : 2;
}
