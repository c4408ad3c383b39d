// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/report/page/assets.h"
#include "tests/support/program.h"

namespace nestwalk {
namespace {

constexpr char kSweep[] =
    "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n"
    "[axes]\nmode = [\"native\", \"base-virtualized\", \"vmm-direct\"]\n"
    "l2_tlb.entries = [256, 512]\nl2_tlb.ways = [4, 7]\n";  // 7 ways fail

/// Acts on the page as a user does and leaves what the page then shows, as JSON, in its end.
constexpr char kUser[] = R"(
<pre id="seen"></pre><script>
const seen = {};
const shown = () => document.getElementById('shown').textContent;
const texts = selector => [...document.querySelectorAll(selector)].map(n => n.textContent);
const set = (node, value) => {
  node.value = value;
  node.dispatchEvent(new Event('change'));
};
setTimeout(() => {
  seen.ready = document.documentElement.dataset.ready;
  seen.charts = document.querySelectorAll('.chart svg, .chart canvas').length;
  seen.shown = shown();
  seen.rows = texts('#table tbody tr').length;
  seen.hardware = [...document.querySelector('#pareto select').options].map(o => o.value).slice(0, 2);
  seen.metrics = [...document.querySelector('#response select').options].map(o => o.value);
  set(document.querySelector('#filters select'), 'vmm-direct');
  seen.filtered = shown();
  seen.modes = [...new Set(texts('#table tbody tr td:nth-child(2)'))];
  [...document.querySelectorAll('#table thead button')].find(b => b.textContent === 'cycles').click();
  seen.sorted = document.querySelector('th[aria-sort="ascending"]').textContent;
  const place = texts('#table thead button').findIndex(t => t.startsWith('cycles ')) + 1;
  const cycles = () => texts(`#table tbody tr td:nth-child(${place})`).map(t => Number(t.replaceAll(',', '')));
  seen.ascending = cycles();
  [...document.querySelectorAll('#table thead button')].find(b => b.textContent.startsWith('cycles ')).click();
  seen.descending = cycles();
  document.querySelector('#table tbody tr').click();
  seen.point = document.getElementById('point-title').textContent;
  seen.configuration = texts('#point-body tr.differs td');
  set(document.getElementById('brush-x1'), '0');
  seen.brushed = shown();
  document.getElementById('theme').click();
  seen.theme = document.documentElement.dataset.theme;
  document.getElementById('seen').textContent = 'SEEN' + JSON.stringify(seen) + 'END';
}, 3000);
</script>)";

class ReportCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (page_asset(PageAsset::kPlotLibrary).empty())
      FAIL() << "built without libjs-vega, which the package list names: there is no report";
    run_program("sweep " + directory.write("s.toml", kSweep) + " -o " + results);
  }

  const TemporaryDirectory directory;
  const std::string results = directory.path("r.sqlite");
};

TEST_F(ReportCommand, WritesOnePageThatLoadsNothing) {
  const std::string page = directory.path("r.html");
  const Outcome outcome = run_program("report " + results + " -o " + page);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::string html = directory.read("r.html");
  EXPECT_EQ(html.rfind("<!DOCTYPE html>", 0), 0U);
  for (const char* load : {"<script src", "<link", "<img", "@import", "{{"})
    EXPECT_EQ(html.find(load), std::string::npos) << load;
  EXPECT_EQ(run_program("report " + results + " -o -").out, html);
}

TEST_F(ReportCommand, ShowsInABrowserWhatTheDatabaseHolds) {
  if (std::system("command -v chromium >/dev/null") != 0)
    GTEST_SKIP() << "chromium is not installed: the page is not looked at";
  const std::string html = run_program("report " + results + " -o -").out + kUser;
  const std::string page = directory.write("r.html", html);
  const std::string command =
      "timeout 100 chromium --headless --no-sandbox --disable-gpu --user-data-dir=" +
      directory.path("profile") +
      " --enable-logging=stderr --virtual-time-budget=20000 --dump-dom file://" + page + " >" +
      directory.path("dom") + " 2>" + directory.path("log");
  ASSERT_EQ(std::system(command.c_str()), 0) << directory.read("log");
  const std::string log = directory.read("log");
  EXPECT_EQ(log.find("CONSOLE"), std::string::npos) << log;
  const std::string dom = directory.read("dom");
  const size_t begin = dom.rfind("SEEN{");
  ASSERT_NE(begin, std::string::npos);
  const auto seen =
      nlohmann::json::parse(dom.substr(begin + 4, dom.find("END", begin) - begin - 4));
  EXPECT_EQ(seen.at("ready"), "true");
  EXPECT_EQ(seen.at("shown"), "12 of 12 points shown");
  EXPECT_EQ(seen.at("rows"), 12);
  EXPECT_EQ(seen.at("charts"), 6);
  EXPECT_EQ(seen.at("hardware"), nlohmann::json::array({"_tlb_entries", "area"}));
  const auto& metrics = seen.at("metrics");
  EXPECT_NE(std::find(metrics.begin(), metrics.end(), "area"), metrics.end());
  EXPECT_EQ(seen.at("filtered"), "4 of 12 points shown");
  EXPECT_EQ(seen.at("modes"), nlohmann::json::array({"vmm-direct"}));
  EXPECT_EQ(seen.at("sorted").get<std::string>().rfind("cycles", 0), 0U);
  const auto& up = seen.at("ascending");  // the failed ones, without a number, come last
  const auto& down = seen.at("descending");
  ASSERT_EQ(up.size(), 4U);
  EXPECT_LT(up[0], up[1]);
  EXPECT_TRUE(up[2].is_null() && up[3].is_null());
  EXPECT_EQ(down, nlohmann::json::array({up[1], up[0], nullptr, nullptr}));
  EXPECT_EQ(seen.at("point").get<std::string>().rfind("Point ", 0), 0U);
  EXPECT_NE(seen.at("configuration").dump().find("l2_tlb.entries"), std::string::npos);
  EXPECT_EQ(seen.at("brushed"), "0 of 12 points shown");
  EXPECT_EQ(seen.at("theme"), "dark");
}

TEST_F(ReportCommand, RefusesWhatIsNoSweep) {
  for (const std::string& arguments :
       {std::string("none.sqlite -o x.html"), results,
        directory.write("text", "no database") + " -o " + directory.path("x.html"),
        results + " -o " + directory.path("none/x.html")})
    EXPECT_EQ(run_program("report " + arguments).code, 2) << arguments;
}

}  // namespace
}  // namespace nestwalk
