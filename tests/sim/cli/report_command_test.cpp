// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/report/page/assets.h"
#include "sim/sweep/database.h"
#include "sim/sweep/report_data.h"
#include "tests/support/browser.h"
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
  ASSERT_TRUE(has_browser()) << "needs chromium, which the package list names";
  directory.write("r.html", run_program("report " + results + " -o -").out + kUser);
  const nlohmann::json seen = see_in_browser(directory, "r.html", 20000);
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

TEST_F(ReportCommand, DoesNotReplaceWhatItReads) {
  std::filesystem::create_symlink(results, directory.path("link"));
  std::filesystem::create_hard_link(results, directory.path("hard"));
  const std::string before = directory.read("r.sqlite");
  for (const char* output : {"r.sqlite", "link", "hard"})
    EXPECT_EQ(run_program("report " + results + " -o " + directory.path(output)).code, 2) << output;
  EXPECT_EQ(directory.read("r.sqlite"), before);
}

TEST_F(ReportCommand, ReadsWhatItMustNotWrite) {
  const std::string folder = directory.path("folder");
  std::filesystem::create_directory(folder);
  std::filesystem::copy(results, folder + "/r #1%.sqlite");
  const std::string page = directory.path("r.html");
  std::string program = NESTWALK_PROGRAM;
  if (geteuid() == 0) {  // for whom no folder is closed
    ASSERT_EQ(std::system("command -v setpriv >/dev/null"), 0) << "needs setpriv, of util-linux";
    program = "setpriv --reuid=65534 --clear-groups " + program;
  }
  std::filesystem::permissions(directory.path("."), std::filesystem::perms(0755));
  std::filesystem::permissions(folder, std::filesystem::perms(0555));
  const std::string command = program + " report '" + folder + "/r #1%.sqlite' -o - >" + page +
                              " 2>" + directory.path("err");
  EXPECT_EQ(std::system(command.c_str()), 0) << directory.read("err");
  EXPECT_EQ(directory.read("r.html").rfind("<!DOCTYPE html>", 0), 0U);
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
}

TEST_F(ReportCommand, TakesAFileOfAnyName) {
  const std::string named = directory.path("\xff<b>.sqlite");
  std::filesystem::copy_file(results, named);
  const Outcome outcome = run_program("report '" + named + "' -o -");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find("<b>.sqlite"), std::string::npos);
}

TEST_F(ReportCommand, LeavesNothingBeside) {
  const size_t before = directory.names().size();
  EXPECT_EQ(run_program("report " + results + " -o -").code, 0);
  EXPECT_EQ(run_program("compare " + results + " " + results).code, 0);
  EXPECT_EQ(directory.names().size(), before);
}

TEST_F(ReportCommand, SaysWhatIsDamaged) {
  const std::string good = directory.read("r.sqlite");
  const auto with = [&](const std::string& sql) {
    directory.write("bad", good);
    Database(directory.path("bad"), Database::Access::kWrite).execute(sql);
    return run_program("report " + directory.path("bad") + " -o -");
  };
  for (const char* json : {"NULL", "'{}'", "'[1]'", "json_remove(json, '$.config')"}) {
    const Outcome outcome =
        with(std::string("UPDATE results SET json = ") + json + " WHERE point = 2");
    EXPECT_EQ(outcome.code, 2) << json;
    EXPECT_EQ(outcome.err,
              "nestwalk: " + directory.path("bad") + ": point 2: its result is damaged\n");
    EXPECT_EQ(outcome.out, "");
  }
  for (const char* sql :
       {"DELETE FROM sweep", "UPDATE sweep SET identity = '{'", "UPDATE sweep SET identity = '{}'",
        "DROP TABLE sweep", "ALTER TABLE results DROP COLUMN mode",
        "UPDATE results SET host = x'ff00ff' || 'a'"}) {
    const Outcome outcome = with(sql);
    EXPECT_EQ(outcome.code, 2) << sql;
    EXPECT_EQ(outcome.err.rfind("nestwalk: " + directory.path("bad") + ": ", 0), 0U) << outcome.err;
    EXPECT_EQ(outcome.err.find("json"), std::string::npos) << outcome.err;
  }
  // SQLite itself lets no other text than JSON in.
  std::string cut = good;
  const size_t result = cut.find("{\"nestwalk\"");
  ASSERT_NE(result, cut.npos);
  cut.replace(result + 50, 50, 50, '\0');
  directory.write("bad", cut);
  const Outcome of_cut = run_program("report " + directory.path("bad") + " -o -");
  EXPECT_EQ(of_cut.code, 2);
  EXPECT_NE(of_cut.err.find(": its result is damaged"), std::string::npos) << of_cut.err;
  std::string overwritten = good;
  overwritten.replace(4096, overwritten.size() - 4096, overwritten.size() - 4096, '\xa5');
  directory.write("bad", overwritten);
  const Outcome outcome = run_program("report " + directory.path("bad") + " -o -");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find(directory.path("bad") + ": is damaged"), std::string::npos)
      << outcome.err;
}

TEST_F(ReportCommand, TellsWhyPointsFailed) {
  const std::string failing = directory.path("failing.sqlite");
  EXPECT_EQ(run_program("sweep " +
                        directory.write("f.toml",
                                        "[base]\nworkload = \"gups:size=16MiB,updates=1000\"\n"
                                        "[axes]\nl2_tlb.ways = [7, 9]\n") +
                        " -o " + failing)
                .code,
            1);
  const nlohmann::json data = report_data(failing);
  for (const auto& reason : data.at("columns").at("reason"))
    EXPECT_NE(reason.get<std::string>().find("l2_tlb"), std::string::npos) << reason;
  EXPECT_TRUE(data.at("configuration").is_object());
  EXPECT_EQ(run_program("report " + failing + " -o -").code, 0);
}

}  // namespace
}  // namespace nestwalk
