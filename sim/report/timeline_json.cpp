// SPDX-License-Identifier: Apache-2.0
#include "sim/config/words.h"
#include "sim/report/software_section.h"
#include "sim/report/timeline_report.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json to_json(const Timeline& timeline, const std::vector<SoftwareEvent>& events) {
  Json json{{"intervals", Json::array()}, {"events", to_json(events)}};
  for (const TimelineInterval& one : timeline)
    json["intervals"].push_back({{"end", one.end},
                                 {"mode", to_string(one.mode)},
                                 {"guest_segment", one.guest_segment},
                                 {"vmm_segment", one.vmm_segment},
                                 {"references", one.references},
                                 {"walks", one.walks},
                                 {"walk_cycles", one.walk_cycles},
                                 {"stall_cycles", one.stall_cycles},
                                 {"software_cycles", one.software_cycles},
                                 {"cycles", one.cycles},
                                 {"core_cycles", one.core_cycles}});
  return json;
}

}  // namespace nestwalk
