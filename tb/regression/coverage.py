# SPDX-License-Identifier: Apache-2.0
"""What a regression covered: each design's bins, summed over its runs; the RTL's points, by where they
stand, of all designs and instances."""
import json
import math
import pathlib
import re

SHOWN = 5


def shown(percent):
    """Rounded down: 100.0 is all of it."""
    return f"{math.floor(percent * 10) / 10:.1f}"


def first(names):
    """A few of them, and how many are left out: they stand in the JSON."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def functional(runs):
    """By group and bin: hits and goal; and what was ruled out and hit."""
    groups = {}
    impossible = []
    for run in runs:
        file = run.file("json")
        if not file.exists():
            continue
        for name, group in json.loads(file.read_text())["groups"].items():
            bins = groups.setdefault(name, {})
            for bin_name, hits in group["bins"].items():
                key = f"{run.design} {bin_name}"
                bins[key] = (bins.get(key, (0, 0))[0] + hits, group["goal"])
            impossible += [f"{run.name}: {name} {b}" for b in group["impossible"]]
    return groups, impossible


def functional_summary(groups):
    summary = {name: {"covered": sum(hits >= goal for hits, goal in bins.values()),
                      "bins": len(bins),
                      "missing": [b for b, (hits, goal) in bins.items() if hits < goal]}
               for name, bins in groups.items()}
    covered = sum(group["covered"] for group in summary.values())
    total = sum(group["bins"] for group in summary.values())
    return {"percent": 100.0 * covered / total if total else 0.0, "covered": covered,
            "bins": total, "groups": summary}


def print_functional(summary, impossible):
    for name, group in summary["groups"].items():
        print(f"  {name:<12} {group['covered']:>4} of {group['bins']:>4} bins"
              + (f", missing {first(group['missing'])}" if group["missing"] else ""))
    if impossible:
        print(f"  ruled out, and hit: {first(impossible)}")
    print(f"functional coverage: {shown(summary['percent'])} % "
          f"({summary['covered']} of {summary['bins']} bins)")


RECORD = re.compile(r"^C '(.*)' (\d+)$")


def rtl_points(files):
    points = {}
    for file in files:
        for line in file.read_text(errors="replace").splitlines():
            record = RECORD.match(line)
            if not record:
                continue
            keys = dict(part.split("\x02", 1) for part in record.group(1).split("\x01") if part)
            kind = keys["page"].split("/")[0].removeprefix("v_")
            key = (kind, pathlib.Path(keys["f"]).name, keys["l"], keys["n"], keys.get("o", ""))
            points[key] = points.get(key, 0) + int(record.group(2))
    return points


def rtl_summary(points):
    """By kind: lines, branches, toggles."""
    summary = {}
    for kind in ("line", "branch", "toggle"):
        of_kind = {key: hits for key, hits in points.items() if key[0] == kind}
        holes = sorted(key for key, hits in of_kind.items() if hits == 0)
        covered = len(of_kind) - len(holes)
        summary[kind] = {"percent": 100.0 * covered / len(of_kind) if of_kind else 0.0,
                         "covered": covered, "points": len(of_kind),
                         "missing": [f"{file}:{line} {what}" for _, file, line, _, what in holes]}
    return summary


def print_rtl(summary):
    for kind, counts in summary.items():
        print(f"RTL {kind} coverage: {shown(counts['percent'])} % "
              f"({counts['covered']} of {counts['points']} points)")
        if counts["missing"]:
            print(f"  missing {first(counts['missing'])}")
