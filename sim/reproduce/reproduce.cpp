// SPDX-License-Identifier: Apache-2.0
#include "sim/reproduce/reproduce.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ctime>
#include <filesystem>
#include <memory>

#include "sim/config/suggestion.h"
#include "sim/io/input_error.h"
#include "sim/io/output_file.h"
#include "sim/reproduce/extras.h"
#include "sim/reproduce/figures.h"
#include "sim/reproduce/silicon.h"
#include "sim/reproduce/statements.h"
#include "sim/reproduce/tables.h"
#include "sim/version.h"

namespace nestwalk {
namespace {

using Experiments = std::vector<std::unique_ptr<Experiment>>;

constexpr const char* kAll = "all";

struct Part {
  const char* name;
  std::unique_ptr<Experiment> (*make)(const RunLength&);
};

/// In the order of the page.
constexpr Part kParts[] = {
    {"statements", published_statements},
    {"fig1", figure_1},
    {"fig11", figure_11},
    {"fig12", figure_12},
    {"fig13", figure_13},
    {"tables", paper_tables},
    {"page-sizes", large_pages},
    {"mode-changes", mode_changes},
    {"tagged", tagged_tlbs},
    {"sensitivity", sensitivity},
    {"model-region", model_region},
    {"silicon", silicon_experiment},
};

Experiments experiments(const std::string& what, const RunLength& length) {
  Experiments chosen;
  for (const Part& part : kParts)
    if (what == part.name || what == kAll) chosen.push_back(part.make(length));
  if (!chosen.empty()) return chosen;
  throw InputError(
      fmt::format("\"{}\" is nothing to reproduce; {}", what, did_you_mean(what, reproductions())));
}

/// Below it caches and TLBs are not at rest in what is found.
constexpr double kLeastScale = 0.1;

std::string head(const ReproductionSpec& spec, size_t cells) {
  const std::time_t now = std::time(nullptr);
  const char* const warning =
      spec.scale >= kLeastScale ? ""
                                : "**Below a scale of 0.1 caches and TLBs are not at rest: numbers "
                                  "and verdicts here are those of a trial.**\n\n";
  return fmt::format(
      "# Reproduction: {}\n\n"
      "{:%Y-%m-%d}, nestwalk {}, scale {:g}, {} cells. Each part names the length of its "
      "runs; an overhead depends on it, so compare within a part. Preset "
      "`paper` but for the silicon. The configuration of every run stands in `cells.jsonl` beside "
      "this page.\n\n{}"
      "Published numbers are marked so; everything else is from our runs.\n\n",
      spec.what, fmt::gmtime(now), build_key(), spec.scale, cells, warning);
}

std::string reports(const Experiments& chosen, const Campaign& campaign,
                    const ResultDirectory& directory) {
  const auto damaged = [&directory](const char* what) {
    return InputError(directory.path("cells.jsonl"),
                      fmt::format("a result in it is damaged ({}); remove the file to have all "
                                  "cells run again",
                                  what));
  };
  std::string page;
  try {
    for (const auto& experiment : chosen) page += experiment->report(campaign, directory) + "\n";
  } catch (const nlohmann::json::exception& error) {
    throw damaged(error.what());
  } catch (const InputError& error) {
    throw damaged(error.what());
  }
  return page;
}

}  // namespace

ResultDirectory::ResultDirectory(std::string path) : path_(std::move(path)) {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error || !std::filesystem::is_directory(path_))
    throw InputError("-o " + path_, "is no directory and cannot be made one");
  require_writable(this->path("cells.jsonl"));
}

void ResultDirectory::write(const std::string& name, std::string_view text) const {
  write_file_atomically(path(name), text);
}

const std::vector<std::string>& reproductions() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Part& part : kParts) list.emplace_back(part.name);
    list.emplace_back(kAll);
    return list;
  }();
  return names;
}

std::string reproduce(const ReproductionSpec& spec) {
  const RunLength length{spec.scale};
  const Experiments chosen = experiments(spec.what, length);

  const ResultDirectory directory(spec.directory);
  Campaign campaign(directory.path("cells.jsonl"));
  for (const auto& experiment : chosen) experiment->plan(campaign);
  campaign.run();

  const std::string page =
      head(spec, campaign.cells().size()) + reports(chosen, campaign, directory);
  const std::string name = spec.what == kAll ? "reproduction.md" : spec.what + ".md";
  directory.write(name, page);
  return directory.path(name);
}

}  // namespace nestwalk
