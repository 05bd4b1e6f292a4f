"""`./dev test`: run the everyday tests; `--all` runs every test, with coverage; other arguments go to pytest.

BOTH_ENDS=yes in the environment also runs `tools.checks.other_python` with --all, as CI does.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from threading import Lock

from tools import debian
from tools.checks import web
from tools.checks.suites import PYTEST, Group, every, everyday
from tools.programs import ROOT

FETCH = (sys.executable, "-m", "tools.checks.fetch")
AT_ONCE = 4
"""Groups that run at the same time: two more than CI has cores, as tests often wait, for browsers, sweeps, restarts."""
PROGRESS = re.compile(r"\[ *(\d+)%\]$")
"""The end of the lines that pytest prints while it runs."""
STEP = 20
"""Percent of a group between two lines of progress."""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NAMED = re.compile(r" *(FAILED|ERROR|FAIL) .*\S")
"""The lines with which pytest and vitest name a test that failed, with its error if it is short."""
NAMED_AT_MOST = 20


@dataclass(frozen=True)
class Failure:
    """A group that failed. tests: the lines that name its failed tests, or the last ones if none is named."""

    group: str
    tests: Sequence[str]


def say(text: str) -> None:
    """Print a line at once, as several threads print."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def failed_tests(output: Sequence[str]) -> list[str]:
    """Return the lines of a run that name its failed tests, without repetitions, or the last lines if none does."""
    lines = [COLOUR.sub("", line).strip() for line in output]
    named = dict.fromkeys(line for line in lines if NAMED.fullmatch(line))
    return list(islice(named, NAMED_AT_MOST)) or [line for line in lines if line][-NAMED_AT_MOST:]


def run_group(group: Group) -> Failure | None:
    """Run a group of tests, print how far it is and in the end what else it printed; None if all tests passed."""
    began, shown, output = time.monotonic(), 0, []
    with subprocess.Popen(
        group.command,
        cwd=ROOT,
        env={**os.environ, **group.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as run:
        for line in run.stdout or ():
            progress = PROGRESS.search(line.rstrip())
            if progress is None:
                output.append(line)
            elif int(progress[1]) >= shown + STEP:
                shown = int(progress[1])
                say(f"   {group.name}: {shown} %")
    how = "passed" if run.returncode == 0 else "FAILED"
    say(f"== {group.name} {how} after {time.monotonic() - began:.0f} s\n{''.join(output)}")
    return None if run.returncode == 0 else Failure(group.name, failed_tests(output))


def run_groups(groups: Sequence[Group]) -> list[Failure]:
    """Run these groups, AT_ONCE at a time in their order, and return those that failed."""
    say(f"running {len(groups)} groups of tests, {AT_ONCE} at once: {', '.join(each.name for each in groups)}")
    waiting, lock = {group.name: {*group.behind} for group in groups if group.behind}, Lock()

    def followers_of(ended: Group) -> list[Group]:
        """Return the groups that waited for this one alone."""
        with lock:
            freed = [other for other in groups if waiting.get(other.name) == {ended.name}]
            for names in waiting.values():
                names.discard(ended.name)
        return freed

    def run_with_followers(group: Group) -> list[Failure]:
        failure = run_group(group)
        failed = [] if failure is None else [failure]
        return failed + [each for other in followers_of(group) for each in run_with_followers(other)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            failed = list(pool.map(run_with_followers, [group for group in groups if not group.behind]))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)  # the running ones were interrupted too
            raise
    return list(chain.from_iterable(failed))


def coverage(*words: str) -> int:
    """Run a command of coverage.py; return its exit code."""
    return subprocess.run([sys.executable, "-m", "coverage", *words], cwd=ROOT, check=False).returncode


def run_everything() -> list[Failure]:
    """Run every test, report the coverage, and return what failed; the threshold is in setup.cfg."""
    coverage("erase")
    failed = run_groups(every(both_ends=os.environ.get("BOTH_ENDS") == "yes"))
    is_low = coverage("combine", "--quiet") or coverage("report")
    return [*failed, Failure("coverage", ["see the report above"])] if is_low else failed


def summary(failed: Sequence[Failure]) -> str:
    """Return the last lines of a run: all that failed, as its output may be long or cut off at its start."""
    if not failed:
        return "all tests passed"
    named = (f"FAILED: {each.group} (further up)\n" + "".join(f"  {test}\n" for test in each.tests) for each in failed)
    return "".join(named).rstrip()


def install_programs() -> None:
    """Install the programs that tests need, and build the page meanwhile, with all npm packages."""
    with ThreadPoolExecutor() as pool:
        built = pool.submit(web.build, for_tests=True)
        debian.install_missing()
        built.result()


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 0 only if everything passed, and with --all the coverage reaches its threshold."""
    install_programs()
    if arguments and arguments != ["--all"]:
        return subprocess.run([*PYTEST, *arguments], check=False).returncode
    # tests that need what is still missing wait for it
    with subprocess.Popen([*FETCH, *arguments], cwd=ROOT):
        failed = run_everything() if arguments else run_groups(everyday())
    print(summary(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (web.WebError, subprocess.CalledProcessError) as error:
        sys.exit(f"./dev test: {error}")
