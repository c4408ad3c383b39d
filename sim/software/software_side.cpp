// SPDX-License-Identifier: Apache-2.0
#include "sim/software/software_side.h"

#include "sim/software/fixed_software.h"
#include "sim/software/managed_software.h"

namespace nestwalk {

SoftwareSide make_software_side(const Config& config, const Stream& stream,
                                const std::vector<Stream*>& beside) {
  SoftwareSide side;
  if (config.software.model == SoftwareModel::kManaged) {
    side.memory = std::make_unique<PhysicalMemory>(managed_memory_size(config));
    side.software = make_managed_software(config, stream, *side.memory);
  } else {
    side.memory = std::make_unique<PhysicalMemory>(fixed_memory_size(config.paging));
    side.software = make_fixed_software(config, stream, beside, *side.memory);
  }
  return side;
}

}  // namespace nestwalk
