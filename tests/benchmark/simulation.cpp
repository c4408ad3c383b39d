// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/simulation.h"

#include <ctime>
#include <memory>

#include "sim/config/load.h"
#include "sim/experiment/machine.h"
#include "sim/stream/trace.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk::bench {

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Config configuration(const std::vector<std::string>& sets) {
  ConfigRequest request;
  request.sets = {"mode=base-virtualized", "pages=4K+4K", "memory.data_path=false"};
  request.sets.insert(request.sets.end(), sets.begin(), sets.end());
  return load_config(request).config;
}

RunResult simulate(const Config& config) {
  const std::unique_ptr<Stream> stream = config.workload.empty()
                                             ? open_trace(config.trace)
                                             : open_workload(config.workload, config.seed);
  Machine machine(config, *stream, {});
  machine.run();
  return machine.result();
}

uint64_t decode(const std::string& trace) {
  const std::unique_ptr<Stream> stream = open_trace(trace);
  std::vector<Reference> batch(4096);
  uint64_t references = 0;
  while (const size_t count = stream->read(batch.data(), batch.size())) references += count;
  return references;
}

}  // namespace nestwalk::bench
