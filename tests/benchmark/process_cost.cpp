// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/process_cost.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/benchmark/simulation.h"

namespace nestwalk::bench {
namespace {

/// The kernel's mark for this address space. getrusage() would count the parent's as well, which
/// held it until exec.
double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  throw std::runtime_error("/proc/self/status has no VmHWM");
}

}  // namespace

ProcessCost run_as_process(const std::string& stream) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = "'" + program + "' --simulate '" + stream + "'";
  std::FILE* const output = popen(command.c_str(), "r");
  if (output == nullptr) throw std::runtime_error("cannot start " + command);
  ProcessCost cost;
  const int read = std::fscanf(output, "%lf %lf", &cost.cpu_seconds, &cost.peak_mib);
  if (pclose(output) != 0 || read != 2) throw std::runtime_error(command + " failed");
  return cost;
}

int simulate_as_process(const std::string& stream) {
  simulate(configuration({stream}));
  std::printf("%.9f %.3f\n", cpu_seconds(), peak_mib());
  return 0;
}

}  // namespace nestwalk::bench
