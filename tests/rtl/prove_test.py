#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tb/formal/prove with a printer of the model and a yosys that are none."""
import os
import pathlib
import subprocess
import tempfile
import unittest

PROVE = pathlib.Path(__file__).resolve().parents[2] / "tb/formal/prove"
PRINTS = "#!/bin/sh\necho module\n"
PROVES = "#!/bin/sh\necho 'SAT proof finished - no model found: SUCCESS!'\n"


class Prove(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "bin").mkdir()
        self.program("bin/yosys", PROVES)
        self.program("printer", PRINTS)

    def program(self, name, text, mode=0o755):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)

    def prove(self, *options):
        return subprocess.run(
            [PROVE, "--h3-model", "./printer", "--no-twins", *options, "hashes-equal-the-model"],
            cwd=self.folder, capture_output=True, text=True, timeout=60,
            env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"})

    def test_a_printer_in_this_folder(self):
        run = self.prove()
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("all proofs hold", run.stdout)

    def test_a_printer_that_fails(self):
        self.program("printer", "#!/bin/sh\necho 'no such width' >&2; exit 3\n")
        self.refused(self.prove(), f"{self.folder}/printer ended with 3:\nno such width\n")

    def test_a_printer_that_cannot_run(self):
        self.program("printer", PRINTS, 0o644)
        self.refused(self.prove(), f"{self.folder}/printer: Permission denied\n")

    def test_a_proof_has_a_limit(self):
        self.program("bin/yosys", "#!/bin/sh\nexec sleep 600\n")
        self.refused(self.prove("--timeout", "1"),
                     "hashes-equal-the-model: yosys not finished after 1 s\n")

    def refused(self, run, said):
        self.assertEqual((run.returncode, run.stderr), (1, f"tb/formal/prove: {said}"))


if __name__ == "__main__":
    unittest.main()
