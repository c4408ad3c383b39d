// SPDX-License-Identifier: Apache-2.0
#include "sim/config/words.h"
#include "sim/report/timeline_report.h"

namespace nestwalk {

using Json = nlohmann::ordered_json;

Json to_json(const Timeline& timeline, const std::vector<SoftwareEvent>& events) {
  Json json{{"intervals", Json::array()}, {"events", Json::array()}};
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
  for (const SoftwareEvent& event : events)
    json["events"].push_back({{"reference", event.reference}, {"what", event.what}});
  return json;
}

}  // namespace nestwalk
