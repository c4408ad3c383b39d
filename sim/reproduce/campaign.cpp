// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "sim/config/write.h"
#include "sim/experiment/run.h"
#include "sim/process/interruption.h"
#include "sim/process/processors.h"
#include "sim/process/worker_pool.h"
#include "sim/report/number_text.h"
#include "sim/report/status_line.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

/// How far a campaign is: on a terminal its status line, else a line now and then.
class CampaignProgress {
 public:
  CampaignProgress(size_t cells, double work) : cells_(cells), work_(work) {
    line_.show(fmt::format("0 of {} done", cells));
  }

  void finished(const Cell& cell) {
    ++done_;
    done_work_ += cell.work;
    const double seconds = line_.seconds();
    const double left = done_work_ > 0 ? seconds * (work_ - done_work_) / done_work_ : 0;
    const std::string text = fmt::format("{} of {} done, {} left", done_, cells_, duration(left));
    line_.show(text + ": " + cell.name);
    if (line_.is_on_terminal() || (done_ != cells_ && seconds < next_)) return;
    next_ = seconds + kBetweenLines;
    fmt::print(stderr, "{}\n", text);
  }

 private:
  static constexpr double kBetweenLines = 20;  ///< Seconds.

  size_t cells_;
  double work_;
  size_t done_ = 0;
  double done_work_ = 0;
  double next_ = 0;
  StatusLine line_;
};

}  // namespace

Json parameters_of(const Config& config) {
  return Json::parse(to_json(config).dump());
}

Cell run_cell(const std::string& name, const Config& config) {
  Cell cell;
  cell.name = name;
  cell.parameters = parameters_of(config);
  cell.work = static_cast<double>(config.warmup + config.references.value_or(1000000));
  cell.simulate = [config] {
    RunSpec spec;
    spec.config = config;
    spec.quiet = true;
    Json json = Json::parse(to_json(nestwalk::run(spec)).dump());
    json.erase("config");
    json.erase("host");
    return json;
  };
  return cell;
}

Campaign::Campaign(std::string file, std::string build)
    : kept_(std::move(file), std::move(build)) {}

void Campaign::add(Cell cell) {
  const auto same = std::find_if(cells_.begin(), cells_.end(),
                                 [&](const Cell& one) { return one.name == cell.name; });
  if (same == cells_.end()) {
    cells_.push_back(std::move(cell));
  } else if (same->parameters != cell.parameters) {
    throw std::logic_error("two different cells are called " + cell.name);
  }
}

std::vector<const Cell*> Campaign::take_kept() {
  std::vector<const Cell*> missing;
  size_t changed = 0;
  for (const Cell& cell : cells_) {
    if (const auto* const result = kept_.find(cell.name, cell.parameters)) {
      results_[cell.name] = *result;
      continue;
    }
    changed += kept_.has(cell.name) ? 1 : 0;
    missing.push_back(&cell);
  }
  if (const size_t done = cells_.size() - missing.size(); done != 0)
    std::fprintf(stderr, "%zu of %zu cells are finished in %s\n", done, cells_.size(),
                 kept_.file().c_str());
  if (changed != 0)
    std::fprintf(stderr,
                 "%zu cells are run again: their configuration or the program has changed\n",
                 changed);
  return missing;
}

void Campaign::run() {
  const std::vector<const Cell*> missing = take_kept();
  double work = 0;
  for (const Cell* cell : missing) work += cell->work;
  CampaignProgress progress(missing.size(), work);
  const Interruption interruption;

  WorkerPool pool(available_processors(), [&](int64_t number, const WorkerOutcome& outcome) {
    const Cell& cell = *missing[static_cast<size_t>(number)];
    if (!outcome.answer) throw std::runtime_error(cell.name + ": " + outcome.reason);
    const Json& result = results_[cell.name] = Json::parse(*outcome.answer);
    kept_.keep(cell.name, cell.parameters, result);
    progress.finished(cell);
  });
  const auto simulation = [&missing](size_t number) -> Worker::Work {
    return [cell = missing[number]] { return cell->simulate().dump(); };
  };
  pool.run_all(missing.size(), simulation, [&interruption] {
    if (interruption.requested())
      throw std::runtime_error("interrupted; the same command goes on from here");
  });
}

}  // namespace nestwalk
