#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tb/mutants/run with tools and a bench that are none: what counts as caught."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

MUTANTS = pathlib.Path(__file__).resolve().parents[2] / "tb/mutants/run"
MUTANT = "limit-is-inside"
PASSES = "echo finished with 0 mismatches"
CATCHES = "echo 'mismatch: cycle 3'; echo finished with 1 mismatches; exit 1"
# "Links" a bench that does as $DOES says on the mutant's RTL, which lies beside it.
LINKER = f"""#!/bin/sh
while [ "$1" != -o ]; do shift; done
cat >"$2" <<'END'
#!/bin/sh
if grep -q 'page_i <= limit_i' "${{0%/*}}/segment_compare.sv"; then eval "$DOES"; else {PASSES}; fi
END
chmod +x "$2"
"""


class Mutants(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        objects = self.folder / "tb/CMakeFiles/nestwalk_bench.dir"
        objects.mkdir(parents=True)
        (objects / "main.o").touch()
        (self.folder / "bin").mkdir()
        self.tool("verilator", "#!/bin/sh\necho /verilator\n")
        self.tool("ccache", '#!/bin/sh\nexec "$@"\n')
        self.tool("g++", LINKER)

    def tool(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def run_on(self, does, *options, path=os.environ["PATH"]):
        return subprocess.run(
            [MUTANTS, "--build", self.folder, *options, MUTANT], capture_output=True, text=True,
            env={**os.environ, "DOES": does, "PATH": f"{self.folder}/bin:{path}"}, timeout=60)

    def test_mismatches_catch(self):
        run = self.run_on(CATCHES)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn(f"{MUTANT}: caught by corners\n1 of 1 caught\n", run.stdout)

    def test_a_bench_that_passes_does_not(self):
        run = self.run_on(PASSES)
        self.assertEqual((run.returncode, run.stderr), (1, ""))
        self.assertIn(f"{MUTANT}: survived\n0 of 1 caught\n", run.stdout)

    def test_nothing_else_decides(self):
        for does, said in (("kill -SEGV $$", "corners ended with status -11"),
                           ("kill -KILL $$", "corners ended with status -9"),
                           ("exit 127", "corners ended with status 127"),
                           ("echo bench: standard output cannot be written >&2; exit 1",
                            "corners ended with status 1 and without its last line:\n"
                            "bench: standard output cannot be written"),
                           ("echo finished with 0 mismatches; exit 1",
                            "corners ended with status 1"),
                           ("echo finished with 1 mismatches", "corners ended with status 0"),
                           ("exec sleep 600", "corners not finished after 1 s")):
            with self.subTest(does):
                self.refused(self.run_on(does, "--timeout", "1"), f"{MUTANT}: {said}")

    def test_a_tool_that_fails(self):
        self.tool("g++", "#!/bin/sh\nexit 4\n")
        self.refused(self.run_on(CATCHES), "g++ ended with status 4")
        self.tool("verilator", "#!/bin/sh\necho no root >&2; exit 3\n")
        self.refused(self.run_on(CATCHES), "verilator --getenv VERILATOR_ROOT ended with status 3: "
                                           "no root")

    def test_no_verilator(self):
        (self.folder / "bin/verilator").unlink()
        (self.folder / "bin/python3").symlink_to(sys.executable)
        self.refused(self.run_on(CATCHES, path="/nowhere"), "verilator is not installed")

    def refused(self, run, said):
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertTrue(run.stderr.startswith(f"tb/mutants/run: {said}"), run.stderr)
        self.assertNotIn("Traceback", run.stderr)
        self.assertNotIn("1 of 1 caught", run.stdout)


if __name__ == "__main__":
    unittest.main()
