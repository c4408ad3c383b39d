// SPDX-License-Identifier: Apache-2.0
#include "sim/software/system_software.h"

#include "sim/software/software_report.h"

namespace nestwalk {

SystemSoftware::~SystemSoftware() = default;

std::optional<SoftwareReport> SystemSoftware::report() const {
  return std::nullopt;
}

}  // namespace nestwalk
