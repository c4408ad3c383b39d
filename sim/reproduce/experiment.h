// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "sim/reproduce/campaign.h"

namespace nestwalk {

/// Where an experiment leaves its files.
class ResultDirectory {
 public:
  /// Made if it is missing. Throws InputError if it cannot be.
  explicit ResultDirectory(std::string path);

  std::string path(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, std::string_view text) const;

 private:
  std::string path_;
};

/// One part of a reproduction: the cells it needs, and what it makes of their results.
class Experiment {
 public:
  virtual ~Experiment() = default;
  virtual void plan(Campaign& campaign) const = 0;
  /// Writes its CSV and SVG files; returns its part of the page, in Markdown.
  virtual std::string report(const Campaign& campaign, const ResultDirectory& directory) const = 0;
};

}  // namespace nestwalk
