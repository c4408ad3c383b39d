// SPDX-License-Identifier: Apache-2.0
#include "sim/report/page/page.h"

#include "sim/config/keys.h"
#include "sim/io/input_error.h"
#include "sim/report/page/assets.h"

namespace nestwalk {
namespace {

/// JSON as it may stand in a script element: `</script>` in a text must not end it.
std::string script_text(const nlohmann::json& data) {
  // The title is a file's name, of whatever bytes.
  std::string text = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

/// The keys whose values are bytes: the page shows them as KiB, MiB, GiB.
nlohmann::json sizes() {
  nlohmann::json names = nlohmann::json::array();
  for (const Key& key : keys())
    if (key.unit == "bytes") names.push_back(key.name);
  return names;
}

}  // namespace

std::string report_page(nlohmann::json data) {
  if (page_asset(PageAsset::kPlotLibrary).empty())
    throw InputError(
        "this nestwalk was built without the plotting library: install Debian's "
        "libjs-vega and build again");
  data["sizes"] = sizes();
  std::string page;
  std::string_view rest = page_asset(PageAsset::kHtml);
  const std::pair<std::string_view, std::string> parts[] = {
      {"{{page.css}}", std::string(page_asset(PageAsset::kStyle))},
      {"{{data}}", script_text(data)},
      {"{{plot_library.js}}", std::string(page_asset(PageAsset::kPlotLibrary))},
      {"{{page.js}}", std::string(page_asset(PageAsset::kScript))}};
  for (const auto& [name, text] : parts) {
    const size_t at = rest.find(name);
    page.append(rest.substr(0, at)).append(text);
    rest.remove_prefix(at + name.size());
  }
  return page.append(rest);
}

}  // namespace nestwalk
