#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rtl/synthesis/run on what OpenSTA says of paths, without it or a library."""
import importlib.machinery
import importlib.util
import json
import pathlib
import sys
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parents[2] / "rtl/synthesis/run"
sys.dont_write_bytecode = True  # it would lie beside the sources
loader = importlib.machinery.SourceFileLoader("synthesis", str(RUN))
synthesis = importlib.util.module_from_spec(importlib.util.spec_from_loader("synthesis", loader))
loader.exec_module(synthesis)

NO_PATH = "No paths found."
FOUND = """Startpoint                           Endpoint                               Slack
--------------------------------------------------------------------------------
page_i[3] (input)                    inside_o (output)                      97.25
"""


class Synthesis(unittest.TestCase):
    def measure(self, name, said):
        """What stands in a netlist's place, and OpenSTA's answer a path."""
        point = next(p for p in synthesis.points(4096) if p.name == name)
        answers = {"yosys": "Chip area for module '\\top': 24.0\n",
                   "sta": "".join(f"path {path}\n{said.get(path, FOUND)}\n"
                                  for path in point.paths)}
        synthesis.tool = lambda command: answers[command[0]]
        return point.measure()

    def test_a_path(self):
        self.assertEqual(self.measure("segment_compare 36", {})["inside"], 2.75)

    def test_without_a_filter_nothing_escapes(self):
        figures = self.measure("segment_level 0", {"escaped": NO_PATH})
        self.assertNotEqual(figures["escaped"], figures["escaped"])  # no number

    def test_any_other_path_must_be_there(self):
        for name, path in (("segment_level 0", "inside"), ("segment_level 1", "escaped"),
                           ("escape_filter 64 1", "look-up"), ("dual_direct_stage 0 0", "clock")):
            with self.subTest(name), self.assertRaises(SystemExit) as ended:
                self.measure(name, {path: NO_PATH})
            self.assertEqual(ended.exception.code,
                             f"rtl/synthesis/run: {name}: OpenSTA found no path \"{path}\"")

    def test_nor_is_one_taken_from_a_file_without_it(self):
        with tempfile.TemporaryDirectory() as name:
            file = pathlib.Path(name) / "figures"
            file.write_text(json.dumps(["segment_compare 36", {"inside": float("nan")}]) + "\n")
            with self.assertRaises(SystemExit) as ended:
                synthesis.resumed(file)
        self.assertIn("segment_compare 36", str(ended.exception.code))


if __name__ == "__main__":
    unittest.main()
