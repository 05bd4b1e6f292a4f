"""`./dev test [PYTEST ARGUMENTS]`: all tests, the page's and pytest's, with coverage; with arguments pytest's alone.

BOTH_ENDS=yes in the environment also runs `tools.checks.other_python`, as CI does.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from tools import debian
from tools.checks import web
from tools.programs import ROOT

PYTEST = [sys.executable, "-m", "pytest"]
ASIDE = (("tests/live",), ("tests/browser", "tests/stack", "tests/live/stores"))
"""Run beside the others, each in a process and with parts of its own: they wait a lot, for browsers, retries, sweeps.
The stores' tests are not with their neighbours, so that all end at about the same time.

They measure no coverage: what they reach of the service, the others reach too, and it makes every process slower.
"""

MEASURING = {"COVERAGE_CORE": "sysmon"} if sys.version_info >= (3, 12) else {}
"""sys.monitoring costs a third; the tracer that older Pythons need doubles the time of a test."""


@dataclass(frozen=True)
class Lane:
    """Some folders' tests, running in the background."""

    name: str
    run: subprocess.Popen[str]
    words: IO[str]

    def passed(self) -> bool:
        """Waits for the end."""
        return self.run.wait() == 0

    def told(self) -> str:
        """What it has said, once it has ended."""
        self.words.seek(0)
        return self.words.read()


def pytest_on(folders: Sequence[str]) -> list[str]:
    """The command that runs these folders' tests, but for those inside of them that another lane runs."""
    elsewhere = [folder for lane in ASIDE for folder in lane if folder not in folders]
    inside = [folder for folder in elsewhere if any(folder.startswith(f"{own}/") for own in folders)]
    return [*PYTEST, *folders, *(f"--ignore={folder}" for folder in inside)]


@contextmanager
def running_lane(folders: Sequence[str]) -> Iterator[Lane]:
    """A lane that ends with the block at the latest."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as words,
        subprocess.Popen(pytest_on(folders), cwd=ROOT, stdout=words, stderr=words, text=True) as run,
    ):
        try:
            yield Lane(" and ".join(folders), run, words)
        finally:
            run.terminate()


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 only when everything passed and coverage is over its bar (setup.cfg)."""
    if debian.is_root_on_debian():
        debian.install_missing()
    if arguments:
        web.build()
        return subprocess.run([*PYTEST, *arguments], check=False).returncode
    # what the lanes wait for longest, while the page is built
    with subprocess.Popen([sys.executable, "-m", "tools.checks.fetch"], cwd=ROOT):
        web.build()
        failed = run_lanes(both_ends=os.environ.get("BOTH_ENDS") == "yes")
    print(f"FAILED: {', '.join(failed)} (output above)" if failed else "all tests passed")
    return 1 if failed else 0


def run_lanes(*, both_ends: bool) -> list[str]:
    """Run all tests in lanes at once, print one's output after the other's, and return the names of what failed.

    both_ends: also run the tests on another Python, in the time that the longest lane still takes.
    """
    with ExitStack() as stack:
        lanes = [stack.enter_context(running_lane(folders)) for folders in ASIDE]
        print(f"({', '.join(lane.name for lane in lanes)} are running in parallel)", flush=True)
        print("== the page's tests", flush=True)
        failed = ["the page's tests"] if web.run_script("test") else []
        print("== the service's tests", flush=True)
        measured = [*pytest_on(["tests"]), "--cov", "--cov-report=term"]
        rest = subprocess.run(measured, cwd=ROOT, env={**MEASURING, **os.environ}, check=False)
        failed += ["the service's tests"] if rest.returncode else []
        if both_ends:
            print("== unit, API and job tests and ./dev up on the other end of the supported Pythons", flush=True)
            other = subprocess.run([sys.executable, "-m", "tools.checks.other_python"], cwd=ROOT, check=False)
            failed += ["the other Python's tests"] if other.returncode else []
        for lane in lanes:
            failed += [] if lane.passed() else [lane.name]
            print(f"== {lane.name}\n{lane.told()}", flush=True)
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (web.WebError, subprocess.CalledProcessError) as error:
        sys.exit(f"./dev test: {error}")
