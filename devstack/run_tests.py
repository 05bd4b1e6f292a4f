"""`./dev test [PYTEST ARGUMENTS]`: all tests, the page's and pytest's, with coverage; with arguments pytest's alone."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import IO

from devstack import debian, web
from devstack.tools import ROOT

PYTEST = [sys.executable, "-m", "pytest"]
COVERAGE = [sys.executable, "-m", "coverage"]
ASIDE = ("tests/browser", "tests/devstack")
"""Run beside all others: both sides wait a lot, for browsers, retries and sweeps. Each has parts of its own."""


class Lane:
    """One pytest run; its words go to `output` (None: to the terminal), its coverage into a file of its own."""

    def __init__(self, name: str, arguments: Sequence[str], output: IO[str] | None = None) -> None:
        self.name = name
        self.data = ROOT / f".coverage.{name}"
        # the bar is for both lanes together
        command = [*PYTEST, *arguments, "--cov", "--cov-report=", "--cov-fail-under=0"]
        environment = {**os.environ, "COVERAGE_FILE": str(self.data)}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output, text=True)

    def passed(self) -> bool:
        """Waits for its end."""
        return self._process.wait() == 0

    def __enter__(self) -> "Lane":
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait()


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 only when everything passed and coverage is over its bar (setup.cfg)."""
    if debian.is_root_on_debian():
        debian.install_missing()
    web.build()
    if arguments:
        return subprocess.run([*PYTEST, *arguments], check=False).returncode
    print("== the page's tests", flush=True)
    failed = ["the page's tests"] if web.run_script("test") else []
    failed += run_lanes()
    print(f"FAILED: {', '.join(failed)} (further up)" if failed else "all tests passed")
    return 1 if failed else 0


def run_lanes() -> list[str]:
    """Runs all of pytest's tests in two lanes at once, one's words after the other's; returns what failed."""
    ignored = [f"--ignore={folder}" for folder in ASIDE]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as words, Lane("aside", ASIDE, words) as aside:
        print(f"== the service's tests, with {' and '.join(ASIDE)} beside them", flush=True)
        with Lane("main", ["tests", *ignored]) as rest:
            failed = [] if rest.passed() else ["the service's tests"]
        passed = aside.passed()
        words.seek(0)
        print(f"== {' and '.join(ASIDE)}\n{words.read()}", flush=True)
    if not passed:
        failed.append(" and ".join(ASIDE))
    print("== coverage", flush=True)
    subprocess.run([*COVERAGE, "combine", "--quiet", str(aside.data), str(rest.data)], cwd=ROOT, check=False)
    if subprocess.run([*COVERAGE, "report"], cwd=ROOT, check=False).returncode:
        failed.append("coverage")
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (web.WebError, subprocess.CalledProcessError) as error:
        sys.exit(f"./dev test: {error}")
