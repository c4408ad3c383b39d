#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tb/regress on what benches that are none do: pass, fail, never end."""
import fcntl
import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree

REGRESS = pathlib.Path(__file__).resolve().parents[2] / "tb/regress"
PASSES = "echo requests 7; echo finished with 0 mismatches"
FAILS = "echo 'mismatch: cycle 3'; echo finished with 1 mismatches; exit 1"
SLEEPS = "sleep 600"


class Regress(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = pathlib.Path(folder.name)
        (self.build / "tb").mkdir()

    def bench(self, design, does, flavour="speed"):
        path = self.build / f"tb/bench-{design}-{flavour}"
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)

    def start(self, designs, *options):
        return subprocess.Popen(
            [REGRESS, "--build", self.build, "--no-build", "--flavour", "speed", "--seeds", "1",
             "--sequences", "random", "--designs", *designs, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process):
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test_results_for_programs(self):
        self.bench("deep", PASSES)
        self.bench("dense", FAILS)
        status, out, _ = self.end(self.start(["deep", "dense"], "--json", self.build / "r.json",
                                             "--junit", self.build / "r.xml"))
        self.assertEqual(status, 1)
        self.assertIn("FAILED dense-random-1-speed: finished with 1 mismatches", out)
        report = json.loads((self.build / "r.json").read_text())
        self.assertEqual([run["outcome"] for run in report["runs"]], ["passed", "failed"])
        self.assertEqual(report["runs"][0]["transactions"], 7)
        suite = ElementTree.parse(self.build / "r.xml").getroot()[0]
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("2", "1"))
        self.assertIn("mismatch: cycle 3", suite[1][0].text)

    def test_a_shell_takes_the_command_of_a_failure(self):
        self.build = self.build / "a folder"
        (self.build / "tb").mkdir(parents=True)
        self.bench("deep", FAILS)
        _, out, _ = self.end(self.start(["deep"]))
        again = subprocess.run(out.splitlines()[1], shell=True, capture_output=True, text=True)
        self.assertIn("finished with 1 mismatches", again.stdout, again.stderr)

    def test_waves_show_the_first_mismatch(self):
        self.bench("deep", FAILS)
        self.bench("deep", f"echo $@ >>{self.build}/asked; {FAILS}", "waves")
        self.end(self.start(["deep"], "--transactions", "1000000", "--seeds", "4"))
        asked = (self.build / "asked").read_text().splitlines()
        self.assertEqual(len(asked), 3)
        for seed, options in enumerate(asked, 1):
            self.assertRegex(options, f"--seed {seed} --transactions 1000000 --waves .* "
                                      "--waves-around 3$")

    def test_waves_that_nobody_can_read_are_none(self):
        self.bench("deep", FAILS)
        _, out, _ = self.end(self.start(["deep"]))
        self.assertIn(f"no waves: {self.build}/tb/bench-deep-waves is not there\n", out)
        self.bench("deep", 'while [ "$1" != --waves ]; do shift; done; touch "$2" "$2.hier"; '
                           "kill -9 $$", "waves")
        _, out, _ = self.end(self.start(["deep"]))
        self.assertIn("no waves: the run has not finished them\n", out)
        self.assertFalse(list((self.build / "regress").glob("*.fst*")))

    def test_a_run_that_was_not_measured_failed(self):
        left = {"json": 'echo \'{"groups": {"pair": {"goal": 1, "bins": {"a": 1}, '
                        '"impossible": {}}}}\' >"$3"', "dat": 'touch "$5"'}
        self.bench("dense", self.leaves(*left.values()), "coverage")
        for missing in left:
            kept = [command for kind, command in left.items() if kind != missing]
            self.bench("deep", self.leaves(*kept), "coverage")
            status, out, _ = self.end(self.start(["deep", "dense"], "--flavour", "coverage",
                                                 "--require-functional", "100"))
            self.assertEqual(status, 1, out)
            self.assertIn("FAILED deep-random-1-coverage: left no coverage, see", out)
            self.assertIn("2 runs, 14 transactions, 1 failed", out)

    def leaves(self, *commands):
        """$3 and $5 are the files that it was asked for."""
        return "; ".join(["while [ $1 != --functional-coverage ]; do shift; done; set -- - $@",
                          *commands, PASSES])

    def test_a_run_has_a_limit(self):
        self.bench("deep", SLEEPS)
        status, out, _ = self.end(self.start(["deep"], "--timeout", "1"))
        self.assertEqual(status, 1)
        self.assertIn("not finished after 1 s", out)
        self.assertFalse(self.left_running())

    def test_a_signal_ends_the_benches_and_what_finished_is_told(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self.bench("deep", PASSES)
            self.bench("dense", f"echo $$ >{self.build}/started; {SLEEPS}")
            process = self.start(["deep", "dense"], "--jobs", "1", "--json", self.build / "r.json")
            while not (self.build / "started").exists():
                time.sleep(0.05)
            process.send_signal(number)
            status, out, _ = self.end(process)
            (self.build / "started").unlink()
            self.assertEqual(status, 128 + number)
            self.assertIn("2 runs, 7 transactions, 0 failed, 1 stopped before their end", out)
            self.assertIn(f"stopped by {number.name}", out)
            self.assertFalse(self.left_running())
            report = json.loads((self.build / "r.json").read_text())
            self.assertEqual([run["outcome"] for run in report["runs"]], ["passed", "stopped"])

    def left_running(self):
        """A bench, or what it started, whose output still goes into the folder."""
        for link in pathlib.Path("/proc").glob("[0-9]*/fd/1"):
            try:
                if str(link.readlink()).startswith(str(self.build)):
                    return True
            except OSError:
                pass  # ended, or another user's
        return False

    def test_one_regression_a_folder(self):
        self.bench("deep", PASSES)
        (self.build / "regress").mkdir()
        with (self.build / "regress/regress.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            status, _, err = self.end(self.start(["deep"]))
        self.assertEqual(status, 2)
        self.assertIn("another regression runs in", err)
        self.assertEqual(self.end(self.start(["deep"]))[0], 0)


if __name__ == "__main__":
    unittest.main()
