// SPDX-License-Identifier: Apache-2.0
#include "sim/report/page/page.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/report/page/assets.h"
#include "sim/sweep/report_data.h"
#include "tests/support/browser.h"
#include "tests/support/program.h"
#include "tests/support/temporary_directory.h"

namespace nestwalk {
namespace {

using Json = nlohmann::json;

constexpr int kEntries[] = {256, 512, 1024, 1536};

/// Points of all modes by sizes of an L2 TLB and an L3, as sim/sweep/report_data.h makes them; with
/// these L2 TLBs they fail.
Json example(const std::set<int>& failing) {
  const bool all_fail = failing.size() == std::size(kEntries);
  Json columns;
  Json levels = Json::array();
  int count = 0;
  for (const char* mode :
       {"native", "native-direct", "base-virtualized", "dual-direct", "vmm-direct", "guest-direct"})
    for (const char* pages : {"4K+4K", "THP+2M"})
      for (const int entries : kEntries)
        for (const int megabytes : {4, 8, 16}) {
          const bool fails = failing.count(entries) != 0;
          const Json cycles = fails ? Json() : Json(4000000 + 1000000 * (count % 7));
          const auto add = [&](const char* name, const Json& value) {
            columns[name].push_back(value);
          };
          add("point", count++);
          add("mode", mode);
          add("pages", pages);
          add("l2_tlb.entries", entries);
          add("memory.l3.size", megabytes << 20);
          add("status", fails ? "failed" : "done");
          if (!failing.empty()) add("reason", fails ? Json("l2_tlb.ways: 7 ways") : Json());
          add("seconds", 0.5);
          levels.push_back(Json::array());
          if (all_fail) continue;
          add("_tlb_entries", fails ? Json() : Json(entries + 100));
          add("cycles", cycles);
          for (int guest = 0; guest < 5 && !fails; ++guest)
            for (int nested = guest == 0 ? 1 : 0; nested < 5; ++nested)
              levels.back().push_back({guest, nested, 20000});
          for (const char* name :
               {"references", "walk_cycles", "walk_count", "walk_served_by_l1d",
                "walk_served_by_l2", "walk_served_by_l3", "walk_served_by_memory"})
            add(name, fails ? Json() : Json(count * 10000));
          add("overhead", fails ? Json() : Json(0.1 * (count % 20)));
        }
  Json metrics = Json::array();
  for (const char* name : {"seconds", "cycles", "overhead", "references", "walk_cycles"})
    if (columns.contains(name)) metrics.push_back(name);
  return {{"title", "tlbs"},
          {"description", "workload gups"},
          {"version", "0"},
          {"points", count},
          {"axes", {"mode", "pages", "l2_tlb.entries", "memory.l3.size"}},
          {"metrics", metrics},
          {"levels", levels},
          {"timelines", Json(count, Json::array())},
          {"configuration",
           {{"memory.l1d.size", 32768},
            {"software.primary_region", Json::array({0x10000000000, 0x10000100000})}}},
          {"columns", columns}};
}

/// The same with a managed software side: long names, long values, counts that are 0 for some
/// points.
Json managed() {
  Json data = example({});
  Json& columns = data["columns"];
  for (const char* name :
       {"faults_guest", "software_limited_guest_swapping_left_mode",
        "software_limited_live_migration_left_mode", "software_operations_register_write_cycles",
        "nested_tlb_hits", "walk_dirty_assists", "peak_memory", "cpu_seconds"}) {
    data["metrics"].push_back(name);
    const int step = static_cast<int>(std::string(name).size()) * 37;
    for (int i = 0; i < data["points"]; ++i)
      columns[name].push_back(std::string(name) == "cpu_seconds" ? Json(0.0421)
                                                                 : Json(i % 19 * step));
  }
  const char* const workloads[] = {"chase:size=512MiB,stride=4KiB,references=40000",
                                   "graph500:scale=14", "gups:size=16MiB,updates=20000",
                                   "gups:size=1GiB,updates=20000"};
  for (int i = 0; i < data["points"]; ++i) {
    columns["workload"].push_back(workloads[i % 4]);
    columns["software.self_ballooning.slice"].push_back(256 << i % 5);
  }
  data["axes"].insert(data["axes"].end(), {"workload", "software.self_ballooning.slice"});
  return data;
}

/// Shows the page in a frame of 390 pixels, as a phone does. `looks` notes the texts of charts that
/// are cut, lie over each other, or are below 0.
constexpr char kFrame[] = R"(<!DOCTYPE html>
<iframe id="phone" src="page.html" width="390" height="800" style="border: 0"></iframe>
<pre id="seen"></pre><script>
const frame = document.getElementById('phone'), seen = {cut: [], over: [], below: []};
let page;
const texts = selector => [...page.querySelectorAll(selector)].map(n => n.textContent);
const set = (node, value) => {
  node.value = value;
  node.dispatchEvent(new Event('change'));
};
const drawn = async () => {
  do await new Promise(resolve => setTimeout(resolve, 5)); while (page.documentElement.dataset.ready !== 'true');
};
const look = (part = page) => {
  for (const chart of part.querySelectorAll('.chart')) {
    const words = [...chart.querySelectorAll('svg text')].filter(n => n.textContent && n.getAttribute('opacity') !== '0');
    const place = n => n.getBoundingClientRect(), box = place(chart.querySelector('svg') || chart), around = place(chart);
    const tilted = n => (n.getAttribute('transform') || '').includes('rotate(-35');
    words.map(place).forEach((a, i, places) => {
      const left = Math.max(box.left, around.left), right = Math.min(box.right, around.right);
      if (a.left < left - 1 || a.right > right + 1 || a.top < box.top - 1 || a.bottom > box.bottom + 1) seen.cut.push(words[i].textContent);
      if (/^[-\u2212]\d/.test(words[i].textContent)) seen.below.push(words[i].textContent);
      places.slice(i + 1).forEach((b, j) => {
        if (!tilted(words[i]) && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
          seen.over.push(words[i].textContent + ' / ' + words[i + 1 + j].textContent);
      });
    });
  }
};
const buttonOf = (section, text) => [...page.querySelectorAll(`#${section} button`)].find(n => n.textContent === text);
const keep = () => {
  const saved = [];
  // Chromium reads a blob outside of the virtual time, and may then wait for ever.
  frame.contentWindow.Blob = class { constructor(parts) { this.text = parts.join(''); } };
  frame.contentWindow.URL.createObjectURL = blob => (saved.push(blob.text), '#');
  return saved;
};
const begin = act => setTimeout(async () => {
  page = frame.contentDocument;
  seen.ready = page.documentElement.dataset.ready;
  await act();
  document.getElementById('seen').textContent = 'SEEN' + JSON.stringify(seen) + 'END';
}, 4000);
)";

/// Notes words that a person reads.
constexpr char kReader[] = R"(
begin(() => {
  look();
  seen.overflow = page.documentElement.scrollWidth - page.documentElement.clientWidth;
  seen.charts = page.querySelectorAll('.chart svg').length;
  seen.subtitle = page.getElementById('subtitle').textContent;
  seen.filters = texts('#filters label').map(t => t.split('all')[0]);
  seen.sizes = texts('#filters select')[3];
  seen.walks = texts('#walkLevels-note, #walkCaches-note');
  seen.front = texts('#pareto-note')[0];
  seen.axis = texts('#pareto-chart .role-axis-label')[0];
  seen.failures = page.getElementById('failures').hidden ? null : texts('#failures dt');
  seen.headings = texts('#table thead button');
  page.querySelector('#table tbody tr').click();
  if (seen.charts) {
    set(page.querySelector('#explore select'), 'memory.l3.size');
    set(page.getElementById('brush-x1'), '8MiB');
    seen.range = page.getElementById('shown').textContent;
    seen.typed = page.getElementById('brush-x1').value;
    set(page.querySelector('#explore select'), 'overhead');
    set(page.getElementById('brush-x1'), '95 %');
    seen.share = page.getElementById('shown').textContent;
    seen.typedShare = page.getElementById('brush-x1').value;
    set(page.getElementById('brush-x1'), '');
  }
  seen.broken = [...page.querySelectorAll('wbr')].map(n => n.previousSibling.data + '|' + n.nextSibling.data).filter(t => /\d\.\|\d/.test(t));
  seen.breaks = page.querySelectorAll('#cards wbr').length;
  seen.point = texts('#point-body tr');
  seen.differs = texts('#point-body tr.differs');
});
</script>)";

/// Turns the pages of what changes its mode, and saves it.
constexpr char kTurner[] = R"(
begin(async () => {
  const saved = keep(), button = text => buttonOf('timeline', text);
  const points = () => texts('#timeline-chart .role-axis-label text').filter(t => t.startsWith('point '));
  await drawn();
  look();
  seen.first = points();
  seen.note = page.getElementById('timeline-note').textContent;
  button('→').click();
  await drawn();
  seen.second = points();
  button('CSV').click();
  seen.saved = saved[0].split('\n');
});
</script>)";

/// Looks for designs: filters, points at points, reads notes, saves.
constexpr char kArchitect[] = R"(
begin(async () => {
  const saved = keep(), shown = () => page.getElementById('shown').textContent;
  const selects = section => page.querySelectorAll(`#${section} select`);
  const note = name => page.getElementById(name + '-note').textContent;
  set(page.getElementById('filter-from-l2_tlb.ways'), '30');
  seen.ranged = shown();
  set(page.querySelector('#filters select'), 'native');
  set(page.getElementById('brush-x1'), '500000');
  seen.kept = texts('#kept')[0];
  buttonOf('filters', 'Show all').click();
  seen.all = shown();
  set(page.getElementById('brush-x1'), '500000');
  await drawn();
  seen.marked = page.querySelectorAll('#explore-chart path[fill-opacity="0.15"][opacity="1"]').length;
  buttonOf('explore', 'Clear').click();
  await drawn();
  seen.unmarked = page.querySelectorAll('#explore-chart path[fill-opacity="0.15"][opacity="1"]').length;
  const symbol = page.querySelector('#explore-chart .mark-symbol.role-mark path');
  symbol.dispatchEvent(new frame.contentWindow.MouseEvent('mousemove', {bubbles: true, view: frame.contentWindow}));
  await new Promise(resolve => setTimeout(resolve, 100));
  seen.tip = page.getElementById('tip').hidden ? '' : page.getElementById('tip').textContent.split('\n');
  const [metric, , by, as] = selects('response');
  set(metric, 'faults_guest');
  page.querySelectorAll('#response [type=checkbox]')[1].click();
  await drawn();
  seen.log = note('response');
  buttonOf('response', 'CSV').click();
  seen.heading = saved.pop().split('\n')[0];
  set(as, 'map');
  set(by, '');
  await drawn();
  seen.map = texts('#response-chart')[0];
  page.getElementById('theme').click();
  await drawn();
  seen.theme = page.documentElement.dataset.theme;
  buttonOf('by-mode', 'SVG').click();
  while (saved.length === 0) await new Promise(resolve => setTimeout(resolve, 5));
  seen.svg = saved.pop();
  seen.themeAfter = page.documentElement.dataset.theme;
});
</script>)";

/// Goes through the table: sorts, opens points and comes back, turns its pages, saves it.
constexpr char kAccountant[] = R"(
begin(async () => {
  const saved = keep(), active = () => page.activeElement.textContent;
  const cells = column => [...page.querySelectorAll(`#table tbody td:nth-child(${column})`)].map(n => n.textContent);
  const heading = text => [...page.querySelectorAll('#table thead button')].find(n => n.textContent.startsWith(text));
  const opened = () => page.getElementById('point').hidden ? null : page.getElementById('point-title').textContent;
  const sorted = text => heading(text).parentNode.getAttribute('aria-sort');
  heading('cycles').click();
  seen.ascending = [active(), sorted('cycles'), cells(1)[0]];
  page.getElementById('csv').click();
  seen.saved = saved.pop().split('\n');
  heading('cycles').click();
  seen.descending = [active(), sorted('cycles'), cells(1)[0]];
  const from = page.querySelector('#table tbody tr:nth-child(3) button');
  from.focus();
  from.click();
  seen.opened = [opened(), 'Point ' + from.textContent, page.querySelectorAll('#table [aria-current=true]').length];
  page.getElementById('close').focus();
  page.getElementById('close').click();
  seen.closed = [opened(), page.activeElement === from, page.querySelectorAll('#table [aria-current=true]').length];
  const turn = of => page.querySelector(`#csv + .pager [aria-label="${of} page of points"]`);
  turn('Next').click();
  turn('Next').click();
  turn('Next').click();
  seen.last = [page.querySelector('#csv + .pager span').textContent, turn('Next').getAttribute('aria-disabled'), cells(1).length];
  set(page.querySelector('#filters select'), 'native');
  seen.filtered = [page.querySelector('#csv + .pager').hidden, cells(1).length];
});
</script>)";

/// Makes each choice that there is, one after the other, with each box ticked and not.
constexpr char kChooser[] = R"(
begin(async () => {
  look();
  seen.choices = 0;
  for (const form of page.querySelectorAll('section > .controls'))
    for (const node of form.querySelectorAll('select')) {
      const before = node.value, boxes = form.querySelectorAll('[type=checkbox]');
      for (const {value} of node.options)
        for (const box of [null, ...boxes]) {
          if (box) box.click();
          set(node, value);
          await drawn();
          look(form.parentNode);
          ++seen.choices;
          if (box) box.click();
        }
      set(node, before);
      await drawn();
    }
});
</script>)";

class ReportPage : public testing::Test {
 protected:
  void SetUp() override {
    if (page_asset(PageAsset::kPlotLibrary).empty())
      FAIL() << "built without libjs-vega, which the package list names: there is no report";
    if (!has_browser()) FAIL() << "needs chromium, which the package list names";
  }

  Json look(const Json& data, const char* script = kReader) {
    directory_.write("page.html", report_page(data));
    directory_.write("phone.html", std::string(kFrame) + script);
    return see_in_browser(directory_, "phone.html", 2000000);
  }

 private:
  const TemporaryDirectory directory_;
};

TEST_F(ReportPage, FitsAPhone) {
  const Json seen = look(example({1536}));
  EXPECT_EQ(seen.at("ready"), "true");
  EXPECT_EQ(seen.at("overflow"), 0);
  EXPECT_EQ(seen.at("charts"), 6);
  EXPECT_EQ(seen.at("cut"), Json::array());
  EXPECT_EQ(seen.at("over"), Json::array());
}

TEST_F(ReportPage, SaysWhatAllPointsShare) {
  Json data = example({});
  EXPECT_EQ(look(data).at("subtitle"), "workload gups · nestwalk 0");
  data["description"] = "";
  EXPECT_EQ(look(data).at("subtitle"), "nestwalk 0");
}

TEST(ReportData, SaysSizesOfTheBaseInBinaryUnits) {
  const TemporaryDirectory directory;
  run_program("sweep " +
              directory.write("s.toml",
                              "[base]\nworkload = \"gups:size=16MiB,updates=10\"\n"
                              "memory.l3.size = \"30MiB\"\nl2_tlb.entries = 1024\n"
                              "[axes]\nseed = [1]\n") +
              " -o " + directory.path("r.sqlite"));
  EXPECT_EQ(report_data(directory.path("r.sqlite")).at("description"),
            "l2_tlb.entries 1024, memory.l3.size 30MiB, workload gups:size=16MiB,updates=10");
}

TEST_F(ReportPage, FitsAPhoneWhateverIsChosen) {
  const Json seen = look(managed(), kChooser);
  EXPECT_GT(seen.at("choices"), 150);
  EXPECT_EQ(seen.at("cut"), Json::array());
  EXPECT_EQ(seen.at("over"), Json::array());
  EXPECT_EQ(seen.at("below"), Json::array()) << "of numbers that are never below 0";
}

TEST_F(ReportPage, SaysKeysAsTheyAreAndSizesInBinaryUnits) {
  const Json seen = look(example({1536}));
  EXPECT_EQ(seen.at("filters"), Json({"mode", "pages", "l2_tlb.entries", "memory.l3.size"}));
  EXPECT_EQ(seen.at("sizes"), "all4MiB8MiB16MiB");
  EXPECT_EQ(seen.at("axis"), "3566121124") << "the TLB entries that there are, whole";
  const std::string point = seen.at("point").dump();
  EXPECT_NE(point.find("memory.l1d.size32KiB"), std::string::npos) << point;
  EXPECT_NE(point.find("software.primary_region0x10000000000, 0x10000100000"), std::string::npos);
  EXPECT_EQ(seen.at("range"), "72 of 144 points shown");
  EXPECT_EQ(seen.at("typed"), "8MiB");
  EXPECT_EQ(seen.at("share"), "57 of 144 points shown") << "done, and below 0.95";
  EXPECT_EQ(seen.at("typedShare"), "95 %");
  EXPECT_EQ(seen.at("differs"), Json::array()) << "no key of the configuration";
}

TEST_F(ReportPage, ShowsAndSavesEveryPointWhoseModeChanges) {
  Json data = example({});
  Json change = Json::array({{{"mode", "base-virtualized"}, {"reference", 0}, {"end", 50000}},
                             {{"mode", "dual-direct"}, {"reference", 50000}, {"end", 90000}}});
  for (int i = 0; i < 40; ++i) data["timelines"][i] = change;
  const Json seen = look(data, kTurner);
  ASSERT_EQ(seen.at("first").size(), 30U);
  EXPECT_EQ(seen.at("note"), "1 to 30 of 40 points; the CSV has all.");
  EXPECT_EQ(seen.at("second").size(), 10U);
  EXPECT_EQ(seen.at("second").back(), "point 39");
  EXPECT_EQ(seen.at("saved").size(), 1U + 2 * 40 + 1) << "a heading, and the last line's end";
  EXPECT_EQ(seen.at("saved")[80], "39,dual-direct,50000,90000");
  EXPECT_EQ(seen.at("cut"), Json::array());
}

TEST_F(ReportPage, LeavesNothingOutUnsaid) {
  Json data = managed();
  data["axes"].push_back("l2_tlb.ways");
  for (int i = 0; i < 144; ++i) {
    data["columns"]["l2_tlb.ways"].push_back(1 + i % 36);
    data["columns"]["_tlb_entries"][i] = 612;
    data["columns"]["area"].push_back(70);
    data["columns"]["cycles"][i] = 5000 + i / 2;
  }
  const Json seen = look(data, kArchitect);
  EXPECT_EQ(seen.at("ranged"), "28 of 144 points shown");
  EXPECT_EQ(seen.at("kept"), "l2_tlb.ways from 30, mode native, walk cycles to 500,000");
  EXPECT_EQ(seen.at("all"), "144 of 144 points shown");
  EXPECT_EQ(seen.at("marked"), 1) << "the range that was typed";
  EXPECT_EQ(seen.at("unmarked"), 0);
  EXPECT_EQ(seen.at("tip")[0], "point 0");
  EXPECT_NE(seen.at("tip").dump().find("memory.l3.size 4MiB"), std::string::npos);
  EXPECT_EQ(seen.at("log"), "8 points have faults guest 0, which has no logarithm.");
  EXPECT_EQ(seen.at("heading"),
            "l2_tlb.entries,mode,faults_guest_median,faults_guest_least,faults_guest_most,points");
  EXPECT_EQ(seen.at("map"), "A heat map is of two axes: choose the other one under “by”.");
  EXPECT_EQ(seen.at("theme"), "dark");
  EXPECT_EQ(seen.at("themeAfter"), "dark");
  const std::string svg = seen.at("svg");
  EXPECT_NE(svg.find("fill=\"white\""), std::string::npos) << "on paper";
  EXPECT_EQ(svg.find("#e7ecf2"), std::string::npos) << "no text as on the dark page";
}

TEST_F(ReportPage, KeepsTheReadersPlaceInTheTable) {
  Json data = example({});
  for (int i = 0; i < 144; ++i) data["columns"]["cycles"][i] = 9000 - i;
  const Json seen = look(data, kAccountant);
  EXPECT_EQ(seen.at("ascending"), Json({"cycles ▲", "ascending", "143"}));
  EXPECT_EQ(seen.at("descending"), Json({"cycles ▼", "descending", "0"}));
  ASSERT_EQ(seen.at("saved").size(), 1U + 144 + 1) << "a heading, and the last line's end";
  EXPECT_EQ(seen.at("saved")[0].get<std::string>().rfind("point,mode,pages,l2_tlb.entries,", 0),
            0U);
  EXPECT_EQ(
      seen.at("saved")[1].get<std::string>().rfind("143,guest-direct,THP+2M,1536,16777216,", 0), 0U)
      << "all pages, sorted as shown, plain numbers";
  EXPECT_EQ(seen.at("opened"), Json({"Point 2", "Point 2", 1}));
  EXPECT_EQ(seen.at("closed"), Json({nullptr, true, 0})) << "the focus is back where it was";
  EXPECT_EQ(seen.at("last"), Json({"page 3 of 3", "true", 44}));
  EXPECT_EQ(seen.at("filtered"), Json({true, 24}));
}

TEST_F(ReportPage, SaysOfHowManyPointsChartsAre) {
  Json data = example({});
  for (int i = 0; i < 144; ++i) {
    data["columns"]["_tlb_entries"][i] = 612;
    data["columns"]["cycles"][i] = 5000 + i / 2;
  }
  data["columns"]["walk_count"][3] = 0;
  for (const char* axis : {"l2_tlb.entries", "memory.l3.size"})
    data["columns"][axis] = Json{{"constant", 1024}};
  const Json seen = look(data);
  EXPECT_EQ(seen.at("front"), "2 of 144 points on the front; all have the same TLB entries.");
  EXPECT_EQ(seen.at("walks"), Json({"1 point has no walks.", "1 point has no walks."}));
}

TEST_F(ReportPage, SaysWherePointsAreNoAlternatives) {
  const std::string note = "The points are of 4 streams: filter one to compare its own.";
  EXPECT_NE(look(managed()).at("front").get<std::string>().find(note), std::string::npos);
  EXPECT_EQ(look(example({})).at("front").get<std::string>().find("streams"), std::string::npos);
}

TEST_F(ReportPage, BreaksNoNumber) {
  const Json seen = look(managed());
  EXPECT_GT(seen.at("breaks"), 0) << "in keys, which are long";
  EXPECT_EQ(seen.at("broken"), Json::array());
}

TEST_F(ReportPage, SaysWhyPointsFailed) {
  const std::string reason = "l2_tlb.ways: 7 ways";
  const Json some = look(example({512, 1536}));
  EXPECT_EQ(some.at("failures"), Json::array({reason}));
  EXPECT_EQ(some.at("headings").back(), "reason");
  EXPECT_EQ(some.at("charts"), 6);
  const Json all = look(example({std::begin(kEntries), std::end(kEntries)}));
  EXPECT_EQ(all.at("failures"), Json::array({reason}));
  EXPECT_EQ(all.at("charts"), 0);
  const Json none = look(example({}));
  EXPECT_EQ(none.at("failures"), nullptr);
  EXPECT_NE(none.at("headings").back(), "reason");
  EXPECT_EQ(none.at("charts"), 6);
}

}  // namespace
}  // namespace nestwalk
