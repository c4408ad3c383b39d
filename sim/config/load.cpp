// SPDX-License-Identifier: Apache-2.0
#include "sim/config/load.h"

#include <algorithm>

#include "sim/config/codec.h"
#include "sim/config/consistency.h"
#include "sim/config/keys.h"
#include "sim/config/presets.h"
#include "sim/io/input_error.h"

namespace nestwalk {
namespace {

/// `machine.toml:7: l2_tlb.entries: what`; an option that is named as its key is named once.
InputError error_at(const std::string& origin, const std::string& key, const std::string& what) {
  std::string option = "--" + key;
  std::replace(option.begin(), option.end(), '_', '-');
  if (origin.empty()) return InputError(key, what);
  return origin == option ? InputError(origin, what) : InputError(origin, key + ": " + what);
}

class Loader {
 public:
  explicit Loader(const ConfigRequest& request) : request_(request) {}

  LoadedConfig assemble() {
    std::vector<Setting> file;
    if (!request_.file.empty()) file = read_toml(request_.file);
    std::vector<Setting> sets;
    for (const std::string& set : request_.sets) sets.push_back(parse_setting(set));

    apply(choose_preset(file, sets));
    apply(file);
    apply(sets);
    apply(request_.options);
    if (loaded_.settings.count("core.count") == 0)
      loaded_.config.core.count += static_cast<uint32_t>(loaded_.config.beside.size());
    return loaded_;
  }

  LoadedConfig load() {
    assemble();
    check();
    return std::move(loaded_);
  }

 private:
  /// The last one that is named. The others are read too: a wrong name is an error wherever it is.
  const Preset& choose_preset(const std::vector<Setting>& file,
                              const std::vector<Setting>& sets) const {
    const Preset* chosen = &find_preset("paper");
    for (const auto* layer : {&file, &sets, &request_.options})
      for (const Setting& setting : *layer)
        if (setting.key == "preset") chosen = &read_preset(setting);
    if (!request_.preset.empty())
      chosen = &read_preset({"preset", Value(request_.preset), "--preset", {}});
    return *chosen;
  }

  static const Preset& read_preset(const Setting& setting) {
    try {
      return find_preset(read_text(setting.value));
    } catch (const InputError& error) {
      throw error_at(setting.origin, setting.key, error.what());
    }
  }

  void apply(const Preset& preset) {
    loaded_.config.preset = preset.name;
    apply(preset.settings);
  }

  void apply(const std::vector<Setting>& layer) {
    // A layer that names its stream replaces the stream of the layers below, trace or workload.
    const auto names = [](const Setting& setting) { return names_stream(setting.key); };
    if (std::any_of(layer.begin(), layer.end(), names)) {
      loaded_.config.trace.clear();
      loaded_.config.workload.clear();
    }
    for (const Setting& setting : layer)
      if (setting.key != "preset") apply(setting);
  }

  void apply(const Setting& setting) {
    const Key* const key = find_key(setting.key);
    if (key == nullptr)
      throw error_at(setting.origin, setting.key, describe_unknown_key(setting.key));
    try {
      key->set(loaded_.config, setting.value);
    } catch (const InputError& error) {
      throw error_at(setting.origin, setting.key, error.what());
    }
    loaded_.settings[setting.key] = setting;
  }

  void check() const {
    const auto broken = find_inconsistency(loaded_.config);
    if (!broken) return;
    throw error_at(blame(*broken), broken->key, broken->what);
  }

  /// Where the user set one of the keys; else the preset that did.
  std::string blame(const Inconsistency& broken) const {
    std::string origin;
    for (const std::string& key : {broken.key, broken.other}) {
      const auto found = loaded_.settings.find(key);
      if (found == loaded_.settings.end()) continue;
      if (found->second.reason.empty()) return found->second.origin;
      origin = found->second.origin;
    }
    return origin;
  }

  const ConfigRequest& request_;
  LoadedConfig loaded_;
};

}  // namespace

LoadedConfig load_config(const ConfigRequest& request) {
  return Loader(request).load();
}

LoadedConfig assemble_config(const ConfigRequest& request) {
  return Loader(request).assemble();
}

}  // namespace nestwalk
