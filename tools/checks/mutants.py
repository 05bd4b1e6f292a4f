"""`./dev mutants [PATH…] [--tests PATH…]`: plant small faults in the code and list those that no test detects.

This module does the Python code; `engine_mutants` does web/client.

mutmut runs in a fresh copy of the tree in build/mutants. Faults without an observable effect are in
tools/checks/equivalent_mutants.txt, each with its reason. All faults take hours; `--sample N` tries N of the Python
faults, chosen by `--seed S`.
"""

import argparse
import configparser
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from tools.checks import engine_mutants
from tools.programs import ROOT, python_module

TARGETS = ("service/domain", "service/db", "service/storage", "longshore/client", engine_mutants.ENGINE)
TESTS = {"service": ("tests/unit", "tests/api", "tests/jobs"), "longshore": ("tests/unit",)}
"""The tests that should detect the faults of a package, by its first folder."""
READ_THE_CODE = (
    "tests/unit/tools/test_crashpoints.py::test_every_point_is_reached_at_one_place",
    "tests/unit/observability/test_logs.py::test_every_log_call_has_an_event_name_and_fields",
)
"""Tests of the code's text: they fail in a copy that contains every mutant next to the original."""
COPY = ROOT / "build" / "mutants"
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.txt")
MISSED = ("survived", "no tests")
UNTRIED = ("not checked", "skipped", "check was interrupted by user")
"""Outcomes that show nothing about the tests. A run that hangs, crashes or ends otherwise has detected the fault."""


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Parse the command line: `paths`, `tests`, `processes`, `sample` and `seed`. Exits if it is wrong."""
    parser = argparse.ArgumentParser(prog="./dev mutants", description="Find faults that no test detects.")
    parser.add_argument("paths", nargs="*", default=list(TARGETS), metavar="PATH", help="modules or folders")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="the tests to run")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="number of parallel processes")
    parser.add_argument("--sample", type=int, metavar="N", help="try N random faults")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random choice")
    chosen = parser.parse_args(words)
    if chosen.sample is not None and engine_mutants.split(chosen.paths)[0]:
        parser.error(
            f"--sample chooses among the faults of Python. Give it modules of {', '.join(TESTS)}, "
            f"and try modules of {engine_mutants.ENGINE} without it: each takes a few minutes."
        )
    return chosen


def configuration(paths: Iterable[str], tests: Sequence[str], tree: Iterable[str]) -> dict[str, list[str]]:
    """Return mutmut's settings. tree: the names at the root of the tree, all of which the tests may read."""
    packages = sorted({path.split("/")[0] for path in paths})
    return {
        "source_paths": packages,
        "only_mutate": [path if path.endswith(".py") else f"{path.rstrip('/')}/*" for path in paths],
        "also_copy": sorted(set(tree) - set(packages) - {"tests", "setup.cfg", "pyproject.toml"}),
        "pytest_add_cli_args": [f"--deselect={test}" for test in READ_THE_CODE],
        "pytest_add_cli_args_test_selection": list(tests),
        "use_git_change_detection": ["false"],
    }


def default_tests(paths: Iterable[str]) -> list[str]:
    """Return the tests of all these packages."""
    return sorted({test for path in paths for test in TESTS[path.split("/")[0]]})


def copy_tree(paths: Sequence[str], tests: Sequence[str]) -> None:
    """Create COPY: the files that git tracks, with mutmut's settings in setup.cfg."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    for name in names:
        (COPY / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, COPY / name)
    # no interpolation: pytest's values contain percent signs
    written = configparser.RawConfigParser()
    found = configuration(paths, tests, {name.split("/")[0] for name in names})
    written["mutmut"] = {name: "\n".join(values) for name, values in found.items()}
    with (COPY / "setup.cfg").open("a") as settings:
        settings.write("\n")
        written.write(settings)


def equivalent(text: str) -> dict[str, str]:
    """Return the reasons by the names of mutants. A line: NAME, two spaces, the reason; `#` begins a comment."""
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {name: reason.strip() for name, _, reason in (line.partition("  ") for line in lines)}


def choose(names: Iterable[str], known: Collection[str], number: int, seed: int) -> list[str]:
    """Choose `number` of the names (at most all), without the equivalent ones; a seed repeats the choice."""
    counted = sorted(set(names).difference(known))
    chosen = random.Random(seed).sample(counted, min(number, len(counted)))  # noqa: S311 - no secret
    return sorted(chosen)


def outcomes(printed: str) -> dict[str, str]:
    """Return the outcome of each mutant from what `mutmut results --all` prints."""
    pairs = (line.strip().rpartition(": ") for line in printed.splitlines() if "__mutmut_" in line)
    return {name: outcome for name, _, outcome in pairs}


def report(found: dict[str, str], known: Collection[str]) -> tuple[list[str], int, float]:
    """Summarize the outcomes without the equivalent faults.

    Returns the names of the undetected faults, the number of faults that were tried, and the share of detected ones.
    """
    tried = {name: outcome for name, outcome in found.items() if name not in known and outcome not in UNTRIED}
    missed = sorted(name for name, outcome in tried.items() if outcome in MISSED)
    return missed, len(tried), 1 - len(missed) / len(tried) if tried else 0.0


def try_python(chosen: argparse.Namespace) -> int:
    """Return the exit code: 0 if enough of the faults were detected."""
    known = equivalent(EQUIVALENT.read_text())
    copy_tree(chosen.paths, chosen.tests or default_tests(chosen.paths))
    names: list[str] = []
    if chosen.sample is not None:
        listed = _output(python_module("tools.checks.mutant_names", *chosen.paths))
        names = choose(listed.splitlines(), known, chosen.sample, chosen.seed)
    mutmut = python_module("mutmut")
    run = [*mutmut, "run", "--max-children", str(chosen.processes), *names]
    if code := subprocess.run(run, cwd=COPY, env=_environment(), check=False).returncode:
        return code
    missed, tried, share = report(outcomes(_output([*mutmut, "results", "--all", "true"])), known)
    print("".join(f"{name}\n" for name in missed), end="")
    print(
        f"{share:.1%} of {tried} detected, {len(missed)} missed; show one: (cd {COPY} && {' '.join(mutmut)} show NAME)"
    )
    return 0 if share >= engine_mutants.ENOUGH else 1


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(COPY)}


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, cwd=COPY, env=_environment(), check=True, stdout=subprocess.PIPE, text=True).stdout


def main(words: Sequence[str]) -> int:
    """Return the exit code: 0 if enough of the faults were detected in each language."""
    chosen = arguments(words)
    engine, chosen.paths = engine_mutants.split(chosen.paths)
    code = engine_mutants.run(engine, chosen.processes) if engine else 0
    return max(code, try_python(chosen)) if chosen.paths else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
