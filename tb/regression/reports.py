# SPDX-License-Identifier: Apache-2.0
"""A regression's result for programs: JSON, and JUnit's XML, a test case a run and a requirement."""
import json
import xml.etree.ElementTree as ElementTree


def write_json(path, runs, coverage, wrong, status):
    report = {"status": status, "wrong": wrong, "coverage": coverage,
              "runs": [{"name": run.name, "design": run.design, "sequence": run.sequence,
                        "seed": run.seed, "flavour": run.flavour, "outcome": run.outcome,
                        "reason": run.reason, "transactions": run.counted(),
                        "seconds": round(run.seconds, 3), "command": run.command()}
                       for run in runs]}
    write(path, (json.dumps(report, indent=1) + "\n").encode())


def write_junit(path, runs, wrong):
    suite = ElementTree.Element("testsuite", name="tb/regress",
                                tests=str(len(runs) + len(wrong)),
                                failures=str(sum(run.outcome == "failed" for run in runs)
                                             + len(wrong)),
                                skipped=str(sum(run.outcome == "stopped" for run in runs)),
                                time=f"{sum(run.seconds for run in runs):.3f}")
    for run in runs:
        case = ElementTree.SubElement(suite, "testcase", classname=f"{run.design}.{run.sequence}",
                                      name=f"{run.seed}-{run.flavour}", time=f"{run.seconds:.3f}")
        if run.outcome == "failed":
            failure = ElementTree.SubElement(case, "failure", message=run.reason)
            failure.text = printable(run.tail())
        elif run.outcome == "stopped":
            ElementTree.SubElement(case, "skipped", message="stopped")
    for what in wrong:
        case = ElementTree.SubElement(suite, "testcase", classname="coverage", name=what)
        ElementTree.SubElement(case, "failure", message=what)
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites, " ")
    write(path, ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n")


def write(path, content):
    """Whole, or not at all; what is no file, as a pipe, just gets it."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def printable(text):
    """XML has no place for other control characters."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
