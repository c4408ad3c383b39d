#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs of the bench on RTL with a mistake: they fail alike in each flavour, and tb/regress replays
and shows what failed.

usage: failing_runs_test.py BUILD PRINT_WAVES
"""
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

REGRESS = pathlib.Path(__file__).resolve().parents[2] / "tb/regress"
BUILD, PRINT_WAVES = pathlib.Path(sys.argv[1]), sys.argv[2]
PICOSECONDS = {"ns": 1000, "us": 1000000}
PERIOD = 2000
# Time and unit, id and page of the answer.
MISMATCH = re.compile(r"mismatch: cycle \d+, (\d+) (ns|us): request .*\n"
                      r"  answered id (\d+), .*, page 0x(\w+)\n")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def bench(flavour, seed, *options):
    return run(BUILD / f"tb/bench-narrow-{flavour}", "--seed", str(seed), "--transactions", "20000",
               *options)


class Waves:
    """What an FST file shows, and what the pins of the design hold right before a time."""

    def __init__(self, file, time):
        codes, values, times = {}, {}, []
        self.pins = {}
        for line in run(PRINT_WAVES, file).stdout.splitlines():
            if line.startswith("$var"):
                _, _, _, code, name, *_ = line.split()
                codes.setdefault(name, code)  # the outermost module comes first
            elif line.startswith("#"):
                times.append(int(line[1:]))
                if times[-1] >= time and not self.pins:
                    self.pins = {name: values.get(code) for name, code in codes.items()}
            elif times and line[0] in "01b":
                value, code = line[1:].split() if line[0] == "b" else (line[0], line[1:])
                values[code] = int(value, 2)
        self.cycles_before = (time - times[0]) // PERIOD
        self.cycles_after = (times[-1] - time) // PERIOD


class FailingRuns(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = pathlib.Path(folder.name)

    def test_a_run_fails_alike_in_each_flavour(self):
        for seed in range(1, 5):
            speed = bench("speed", seed)
            self.assertEqual(speed.returncode, 1)
            self.assertRegex(speed.stdout, MISMATCH)
            for flavour, *options in (["coverage"], ["waves"],
                                      ["waves", "--waves", self.output / "all.fst"],
                                      ["waves", "--waves", self.output / "some.fst",
                                       "--waves-around", "5000"]):
                other = bench(flavour, seed, *options)
                self.assertEqual((other.returncode, other.stdout), (1, speed.stdout))

    def test_a_regression_replays_and_shows_what_failed(self):
        for flavour in ("speed", "coverage"):
            with self.subTest(flavour):
                regression = run(REGRESS, "--build", BUILD, "--no-build", "--output", self.output,
                                 "--flavour", flavour, "--designs", "narrow", "--sequences",
                                 "random", "--seeds", "1", "--first-seed", "7")
                self.assertEqual(regression.returncode, 1, regression.stderr)
                told = re.search(rf"^FAILED narrow-random-7-{flavour}: finished with \d+ "
                                 r"mismatches, see (.+); again:\n  (.+)\n  waves: (.+)\n",
                                 regression.stdout)
                self.assertTrue(told, regression.stdout)
                log = pathlib.Path(told[1]).read_text()
                self.assertIn("narrow: sequence random, seed 7\n", log)
                again = run(*shlex.split(told[2]))
                self.assertEqual((again.returncode, again.stdout), (1, log))
                self.show(told[3], log)

    def show(self, file, log):
        time, unit, answer, page = MISMATCH.match(log).groups()
        waves = Waves(file, int(time) * PICOSECONDS[unit])
        shown = {"response_valid_o": 1, "response_ready_i": 1, "response_id_o": int(answer),
                 "response_page_o": int(page, 16)}
        self.assertEqual({pin: waves.pins.get(pin) for pin in shown}, shown)
        for cycles in (waves.cycles_before, waves.cycles_after):
            self.assertTrue(999 <= cycles <= 2000, cycles)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
