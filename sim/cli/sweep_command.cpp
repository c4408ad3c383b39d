// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "sim/cli/commands.h"
#include "sim/cli/not_empty.h"
#include "sim/cli/number_range.h"
#include "sim/config/write.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"
#include "sim/process/interruption.h"
#include "sim/process/processors.h"
#include "sim/report/number_text.h"
#include "sim/sweep/cluster.h"
#include "sim/sweep/sweep.h"

namespace nestwalk {
namespace {

struct SweepOptions {
  std::string specification;
  std::string output;
  size_t workers = 0;
  bool resume = false;
  bool retry = false;
  std::vector<std::string> earlier;
  bool slurm = false;
  ClusterOptions cluster;
};

/// Asked before anything is opened or written.
void require_place(const SweepOptions& options, const Specification& specification) {
  if (options.output == "-")
    throw InputError(options.output, "a sweep's results must be a regular file, no pipe");
  Database::require_file(options.output);
  require_writable(options.output);
  require_apart(options.output, options.specification);
  for (const std::string& trace : specification.traces()) require_apart(options.output, trace);
  for (const std::string& earlier : options.earlier) require_apart(options.output, earlier);
}

/// Makes the database unless there is one to go on with; returns whether it has.
bool prepare_results(const SweepOptions& options, const Specification& specification,
                     const PointSet& set) {
  if (options.resume) {
    if (Results::has_points(options.output)) return false;
  } else if (Database::is_one(options.output)) {
    throw InputError(options.output,
                     "is a database already; --resume goes on with it, or write to another file");
  }
  std::vector<NumberedPoint> points;
  for (const Point& point : set.points)
    points.push_back({static_cast<int64_t>(points.size()), point});
  Results::create(options.output, specification, points);
  return true;
}

std::string describe(const Specification& specification, const Point& point) {
  std::string text;
  for (size_t i = 0; i < point.size(); ++i) {
    const std::string& key = specification.axes[i].key;
    text += fmt::format("{}{} = {}", i == 0 ? "" : ", ", key, to_toml(*find_key(key), point[i]));
  }
  return text;
}

void summarize(const SweepOptions& options, const Specification& specification, const PointSet& set,
               const Tally& tally, const SweepProgress& progress) {
  fmt::print("{}: {} points: {} done, {} failed, {} pending", options.output, tally.total(),
             tally.done, tally.failed, tally.pending);
  if (set.excluded != 0) fmt::print("; {} excluded by constraints", set.excluded);
  fmt::print("; {:.1f} s\n", progress.seconds());
  if (const auto& best = progress.best())
    fmt::print("fewest cycles: {}, point {}: {}\n", with_commas(best->cycles), best->number,
               describe(specification, set.points.at(static_cast<size_t>(best->number))));
  if (progress.failed() != 0) fmt::print("first failure: {}\n", progress.first_reason());
}

void take_over(const std::vector<Reuse>& earlier, const std::string& output, Results& results) {
  for (const Reuse& one : earlier) {
    fmt::print("{}: {} taken over from {}\n", output,
               counted(static_cast<uint64_t>(results.take_over(one)), "point"), one.path);
    for (const std::string& trace : one.changed)
      fmt::print("{}: has changed since {}: what runs it is run anew\n", trace, one.path);
  }
}

void run(const SweepOptions& options, const Specification& specification, const PointSet& set,
         Results& results, const std::atomic<bool>& interrupted, SweepProgress& progress) {
  if (options.slurm) {
    ClusterOptions cluster = options.cluster;
    if (options.workers != 0) cluster.workers = options.workers;
    run_on_cluster(options.specification, specification, set, results, options.output, cluster,
                   interrupted, progress);
  } else {
    const size_t workers = options.workers != 0 ? options.workers : available_processors();
    run_points(specification, set, results, workers, interrupted, progress);
  }
}

int sweep_command(const SweepOptions& options) {
  const Specification specification = read_specification(options.specification);
  require_place(options, specification);
  if (options.slurm) require_cluster();
  const PointSet set = enumerate(specification);
  require_streams(specification, set);
  std::vector<Reuse> reuse;
  for (const std::string& earlier : options.earlier)
    reuse.push_back(find_reusable(earlier, specification, set));
  const Interruption interruption;
  const bool is_new = prepare_results(options, specification, set);

  Results results(options.output, specification);
  if (options.retry) results.forget_failures();
  take_over(reuse, options.output, results);
  SweepProgress progress(results.tally().pending, results.best());
  try {
    run(options, specification, set, results, interruption.requested(), progress);
  } catch (const InputError&) {  // refused by the cluster, before anything ran
    if (is_new && results.tally().pending == results.tally().total())
      Results::remove(options.output);
    throw;
  }
  const Tally tally = results.tally();
  progress.line().clear();
  summarize(options, specification, set, tally, progress);
  if (tally.pending != 0)
    fmt::print(options.slurm ? "points are left; --resume waits for a job that still runs, and "
                               "submits what lost tasks left\n"
                             : "interrupted; --resume goes on\n");
  return tally.failed == 0 && tally.pending == 0 ? 0 : 1;
}

}  // namespace

void add_sweep_command(CLI::App& app, std::function<int()>& action) {
  CLI::App* const command = app.add_subcommand(
      "sweep",
      "Run every point of a design space and keep the results in an SQLite database.\n"
      "Example: nestwalk sweep tlbs.toml -o tlbs.sqlite; then nestwalk report tlbs.sqlite -o "
      "tlbs.html");
  const auto options = std::make_shared<SweepOptions>();
  command->add_option("specification", options->specification, "What to sweep")
      ->type_name("SPEC.toml")
      ->required();
  command->add_option("-o,--output", options->output, "The database")
      ->type_name("RESULTS.sqlite")
      ->required();
  command
      ->add_option("-j,--workers", options->workers,
                   "Points at a time; default: all processors; with --slurm a task's, default 1")
      ->type_name("N")
      ->check(whole_number_in(1, 4096));
  command->add_flag("--resume", options->resume,
                    "Go on with a database; points that are finished are not repeated");
  command
      ->add_option("--reuse", options->earlier,
                   "Take over what an earlier sweep has done of the same configurations; may be "
                   "given again")
      ->type_name("RESULTS.sqlite")
      ->check(not_empty())
      ->allow_extra_args(false);
  command->add_flag("--retry-failed", options->retry, "With --resume: run failed points again")
      ->needs("--resume");
  CLI::Option* const slurm =
      command->add_flag("--slurm", options->slurm, "Run as a Slurm job array and wait for it");
  command->add_option("--slurm-tasks", options->cluster.tasks, "Tasks of the array, at most")
      ->type_name("N")
      ->check(whole_number_in(1, 100000))
      ->needs(slurm);
  command->add_option("--slurm-time", options->cluster.time, "Time limit of a task, for sbatch")
      ->type_name("T")
      ->needs(slurm);
  command->add_option("--slurm-memory", options->cluster.memory, "Memory of a task, for sbatch")
      ->type_name("SIZE")
      ->needs(slurm);
  command->add_option("--slurm-partition", options->cluster.partition, "Partition, for sbatch")
      ->type_name("P")
      ->needs(slurm);
  command->callback([=, &action] { action = [=] { return sweep_command(*options); }; });
}

}  // namespace nestwalk
