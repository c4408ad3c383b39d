// SPDX-License-Identifier: Apache-2.0
#include "sim/config/words.h"
#include "sim/report/software_section.h"

namespace nestwalk {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const FreeRunStatistics& free) {
  return {{"frames", free.frames},
          {"runs", free.runs},
          {"largest", free.largest},
          {"mean", free.mean()},
          {"by_order", free.by_order}};
}

}  // namespace

Json to_json(const SoftwareReport& report, uint64_t cycles, std::optional<double> overhead) {
  Json json{{"cycles", cycles}, {"overhead", overhead ? Json(*overhead) : Json()}};
  for (const auto& word : words<Operation>())
    json["operations"][std::string(word.text)] = {{"count", report.ledger.count(word.value)},
                                                  {"cycles", report.ledger.cycles(word.value)}};
  for (const auto& word : words<LimitedOperation>()) {
    const LimitCounts& counts = report.ledger.limited(word.value);
    json["limited"][std::string(word.text)] = {{"done", counts.done},
                                               {"escaped", counts.escaped},
                                               {"left_mode", counts.left},
                                               {"refused", counts.refused}};
  }
  json["requests_left"] = report.requests_left;
  json["migrations"] = Json::array();
  for (const LiveMigrationReport& one : report.migrations)
    json["migrations"].push_back({{"rounds", one.rounds},
                                  {"pages", one.pages},
                                  {"stopped_pages", one.stopped_pages},
                                  {"identical", one.identical}});
  json["host_free"] = to_json(report.host_free);
  json["guest_free"] = to_json(report.guest_free);
  json["events"] = to_json(report.ledger.events());
  return json;
}

Json to_json(const std::vector<SoftwareEvent>& events) {
  Json json = Json::array();
  for (const SoftwareEvent& event : events)
    json.push_back({{"reference", event.reference}, {"what", event.what}});
  return json;
}

}  // namespace nestwalk
