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
from itertools import chain
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


def say(text: str) -> None:
    """Print a line at once, as several threads print."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run_group(group: Group) -> int:
    """Run a group of tests, print how far it is and in the end what else it printed, and return its exit code."""
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
    return run.returncode


def run_groups(groups: Sequence[Group]) -> list[str]:
    """Run these groups, AT_ONCE at a time in their order, and return the names of those that failed."""
    say(f"running {len(groups)} groups of tests, {AT_ONCE} at once: {', '.join(each.name for each in groups)}")
    waiting, lock = {group.name: {*group.behind} for group in groups if group.behind}, Lock()

    def followers_of(ended: Group) -> list[Group]:
        """Return the groups that waited for this one alone."""
        with lock:
            freed = [other for other in groups if waiting.get(other.name) == {ended.name}]
            for names in waiting.values():
                names.discard(ended.name)
        return freed

    def run_with_followers(group: Group) -> list[str]:
        failed = [group.name] if run_group(group) else []
        return failed + [name for other in followers_of(group) for name in run_with_followers(other)]

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


def run_everything() -> list[str]:
    """Run every test, report the coverage, and return the names of what failed; the threshold is in setup.cfg."""
    coverage("erase")
    failed = run_groups(every(both_ends=os.environ.get("BOTH_ENDS") == "yes"))
    return failed + (["coverage"] if coverage("combine", "--quiet") or coverage("report") else [])


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
    print(f"FAILED: {', '.join(failed)} (further up)" if failed else "all tests passed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (web.WebError, subprocess.CalledProcessError) as error:
        sys.exit(f"./dev test: {error}")
