// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/traces.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "sim/io/byte_sink.h"
#include "sim/stream/nwt/nwt_writer.h"
#include "sim/stream/workload/workload.h"

namespace nestwalk::bench {

TraceDirectory::TraceDirectory(std::string path)
    : path_(std::move(path)), temporary_(path_.empty()) {
  if (!temporary_) {
    std::filesystem::create_directories(path_);
    return;
  }
  path_ = (std::filesystem::temp_directory_path() / "nestwalk-benchmark-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
}

TraceDirectory::~TraceDirectory() {
  std::error_code ignored;
  if (temporary_) std::filesystem::remove_all(path_, ignored);
}

void write_trace(const std::string& path, const std::vector<Reference>& references, int times) {
  NwtWriter writer(create_bytes(path));
  for (int i = 0; i < times; ++i) writer.write(references.data(), references.size());
  writer.finish();
}

Recording record(const std::string& name, const std::vector<Reference>& references,
                 const TraceDirectory& directory) {
  Recording recording{name, directory.path(name + ".nwt"), {}, {}};
  write_trace(recording.trace, references);
  recording.addresses.reserve(references.size());
  for (const Reference& reference : references) recording.addresses.push_back(reference.address);
  recording.misses = run_bare_loop(recording.addresses);
  return recording;
}

std::vector<Reference> references_of(const std::string& workload, bool loads_only) {
  const auto stream = open_workload(workload, 1);
  std::vector<Reference> all;
  std::vector<Reference> batch(4096);
  while (const size_t count = stream->read(batch.data(), batch.size())) {
    for (size_t i = 0; i < count; ++i)
      if (!loads_only || batch[i].kind == ReferenceKind::kLoad) all.push_back(batch[i]);
  }
  return all;
}

}  // namespace nestwalk::bench
