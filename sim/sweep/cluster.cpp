// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/cluster.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "sim/io/input_error.h"
#include "sim/io/output_file.h"

namespace nestwalk {
namespace {

namespace fs = std::filesystem;

constexpr auto kInterval = std::chrono::seconds(1);
constexpr int kLooksPerQuestion = 5;  ///< Looks for finished shards for one question to Slurm.

/// As one word of a shell.
std::string quote(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

/// What a command printed, and how it ended. Of a command that succeeds standard error is not told:
/// sites have their notes printed there.
struct Answer {
  std::string text;
  std::string errors;
  int code;

  const std::string& complaint() const { return errors.empty() ? text : errors; }
};

Answer ask(const std::string& command) {
  // What it printed on standard error comes behind a mark. Ctrl-C at the terminal is not for it: a
  // job that it has submitted must be known.
  constexpr char kMark[] = "\x01";
  const std::string script = "trap '' INT HUP; { errors=$( { " + command +
                             "; } 2>&1 >&3 ); } 3>&1; code=$?; printf '" + kMark +
                             "%s' \"$errors\"; exit $code";
  FILE* const pipe = popen(script.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  Answer answer;
  char part[4096];
  while (const size_t count = std::fread(part, 1, sizeof part, pipe))
    answer.text.append(part, count);
  const int status = pclose(pipe);
  answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  const size_t mark = answer.text.rfind(kMark);
  if (mark != std::string::npos) {
    answer.errors = answer.text.substr(mark + 1);
    answer.text.resize(mark);
  }
  while (!answer.text.empty() && answer.text.back() == '\n') answer.text.pop_back();
  return answer;
}

/// The folder of one job: its shards, its script and its number.
class Job {
 public:
  Job(const Specification& specification, Results& results, const std::string& output)
      : specification_(specification),
        results_(results),
        folder_(fs::absolute(output + ".shards")) {}

  /// Whether a job of an earlier call has tasks that wait or run.
  bool is_under_way() {
    std::ifstream(folder_ / "job") >> number_;
    return !number_.empty() && is_queued();
  }

  void submit(const std::string& specification_path, const PointSet& set,
              const ClusterOptions& options) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    fs::copy_file(specification_path, folder_ / "specification.toml");
    const size_t tasks = make_shards(set, options.tasks);
    write_script(options.workers);
    std::string command = fmt::format(
        "sbatch --parsable --job-name=nestwalk --array=0-{} --cpus-per-task={} --chdir={} "
        "--output={}",
        tasks - 1, options.workers, quote(fs::current_path()), quote(folder_ / "%a.log"));
    if (!options.time.empty()) command += " --time=" + quote(options.time);
    if (!options.memory.empty()) command += " --mem=" + quote(options.memory);
    if (!options.partition.empty()) command += " --partition=" + quote(options.partition);
    const Answer answer = ask(command + " " + quote(folder_ / "task.sh"));
    if (answer.code != 0) {
      remove_folder();
      throw InputError("sbatch has refused the job", answer.complaint());
    }
    number_ = answer.text.substr(0, answer.text.find(';'));
    if (number_.empty() || number_.find_first_not_of("0123456789") != std::string::npos)
      throw std::runtime_error("sbatch tells no number of the job: \"" + answer.text + '"');
    note_job();
  }

  void wait(const std::atomic<bool>& interrupted, SweepProgress& progress) {
    for (int looks = 1; !interrupted; ++looks) {
      merge_finished();
      const Tally tally = results_.tally();
      progress.line().show(fmt::format("job {}: {} of {} points", number_,
                                       tally.done + tally.failed, tally.total()));
      if (tally.pending == 0 || (looks % kLooksPerQuestion == 0 && !is_queued())) return;
      std::this_thread::sleep_for(kInterval);
    }
  }

  /// Takes over what tasks have finished, whole shards and those of lost tasks. No task may run.
  void collect() {
    merge_finished();
    for (const fs::path& shard : shards(".sqlite")) {
      results_.merge(shard);
      fs::remove(shard);
    }
  }

  void remove_folder() { fs::remove_all(folder_); }

 private:
  size_t make_shards(const PointSet& set, size_t most) {
    const std::vector<int64_t> pending = results_.pending();
    const size_t tasks = std::min(most, pending.size());
    for (size_t task = 0; task < tasks; ++task) {
      std::vector<NumberedPoint> points;
      for (size_t i = task * pending.size() / tasks; i < (task + 1) * pending.size() / tasks; ++i)
        points.push_back({pending[i], set.points.at(static_cast<size_t>(pending[i]))});
      Results::create(folder_ / fmt::format("{}.sqlite", task), specification_, points, true);
    }
    return tasks;
  }

  /// A task renames its shard when it is through with it: from then on nobody writes to it.
  void write_script(size_t workers) const {
    const std::string program = fs::read_symlink("/proc/self/exe");
    write_file_atomically(folder_ / "task.sh",
                          fmt::format("#!/bin/sh\n"
                                      "shard={}/$SLURM_ARRAY_TASK_ID\n"
                                      "test -e \"$shard.sqlite\" || exit 1\n"
                                      "{} sweep {} -o \"$shard.sqlite\" --resume -j {}\n"
                                      "test $? -le 1 && mv \"$shard.sqlite\" \"$shard.finished\"\n",
                                      quote(folder_), quote(program),
                                      quote(folder_ / "specification.toml"), workers));
  }

  bool is_queued() const {
    const Answer answer = ask("squeue --noheader --jobs=" + quote(number_));
    if (answer.code == 0) return !answer.text.empty();
    if (answer.complaint().find("Invalid job id") != std::string::npos) return false;  // long over
    throw std::runtime_error("squeue: " + answer.complaint());
  }

  /// A job that is not noted would be submitted again while it runs: then rather none.
  void note_job() const {
    try {
      write_file_atomically(folder_ / "job", number_ + "\n");
    } catch (const std::exception&) {
      ask("scancel " + quote(number_));
      throw;
    }
  }

  void merge_finished() {
    for (const fs::path& shard : shards(".finished")) {
      results_.merge(shard);
      fs::remove(shard);
    }
  }

  std::vector<fs::path> shards(const std::string& suffix) const {
    std::vector<fs::path> found;
    if (!fs::exists(folder_)) return found;
    for (const auto& entry : fs::directory_iterator(folder_))
      if (entry.path().extension() == suffix) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }

  const Specification& specification_;
  Results& results_;
  fs::path folder_;
  std::string number_;
};

}  // namespace

void require_cluster() {
  for (const char* command : {"sbatch", "squeue"})
    if (ask(fmt::format("command -v {}", command)).code != 0)
      throw InputError("--slurm",
                       fmt::format("{} is not on the PATH: run this where Slurm's commands are "
                                   "installed, or without --slurm on this machine",
                                   command));
}

void run_on_cluster(const std::string& specification_path, const Specification& specification,
                    const PointSet& set, Results& results, const std::string& output,
                    const ClusterOptions& options, const std::atomic<bool>& interrupted,
                    SweepProgress& progress) {
  Job job(specification, results, output);
  if (!job.is_under_way()) {
    job.collect();
    if (results.tally().pending == 0) return job.remove_folder();
    job.submit(specification_path, set, options);
  }
  job.wait(interrupted, progress);
  if (interrupted) return;
  job.collect();
  if (results.tally().pending == 0) job.remove_folder();
}

}  // namespace nestwalk
