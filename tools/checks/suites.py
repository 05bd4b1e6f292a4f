"""The groups of tests that `./dev test` runs in parallel, each in a process with its own parts."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

PYTEST = (sys.executable, "-m", "pytest")
MEASURED = (sys.executable, "-m", "coverage", "run", "-m", "pytest")
"""Writes .coverage.HOST.PID…, which `coverage combine` puts together."""
MEASURING = {"COVERAGE_CORE": "sysmon"} if sys.version_info >= (3, 12) else {}
"""sys.monitoring costs a tenth; the tracer that older Pythons need doubles the time of a test."""


@dataclass(frozen=True)
class Group:
    """Tests that one process runs. env: additional variables of its environment; behind: the groups that end first."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    behind: Sequence[str] = ()


FLOWS = "tests/live/flows"
"""Live tests of every upload's way; all others test other parts, documents and rare failures."""
FAILURES = "tests/live/failures"
"""Live tests of rare failures: about half of the time of all live tests that are no flows."""
PAGE_FLOWS = "tests/browser/flows"
"""The same for browser tests."""
STORES = ("tests/live/stores", "tests/stack")
UP = "tests/stack/test_up.py"
ELSEWHERE = (FLOWS, UP)
"""Tests that run on another Python instead of this one, if it is wanted: together they run every program."""
PAGE = Group("the page's tests", (sys.executable, "-m", "tools.checks.web", "test"))


def group(name: str, *arguments: str, **env: str) -> Group:
    """Tests that measure no coverage: others reach the same code of the service, and measuring makes them slower."""
    return Group(name, (*PYTEST, *arguments), env)


def measured(name: str, *arguments: str) -> Group:
    """Tests that measure coverage."""
    return Group(name, (*MEASURED, *arguments), MEASURING)


def ignoring(*paths: str) -> list[str]:
    """Return pytest's options that skip these files and folders."""
    return [f"--ignore={path}" for path in paths]


def everyday() -> list[Group]:
    """The groups of `./dev test`, the longest first: all units, and the flows on one store and in one browser."""
    return [
        group("live", FLOWS, LIVE_STORES="swift"),
        group("browser", PAGE_FLOWS, "-k", "not firefox"),
        group("api", "tests/api"),
        group("unit", "tests/unit"),
        group("jobs", "tests/jobs"),
        PAGE,
    ]


def every(*, both_ends: bool) -> list[Group]:
    """The groups of `./dev test --all`, the longest first: together every test there is.

    Containers come after the browsers: a new network interface breaks the requests of a page (ERR_NETWORK_CHANGED).
    both_ends: run the live flows, `./dev up` and, additionally, the client's tests on another Python.
    """
    other = Group("the other Python", (sys.executable, "-m", "tools.checks.other_python"))
    others_folders = ("tests/live", "tests/browser", "tests/api", "tests/unit", "tests/stack", "tests/compose")
    browsers = ("browser, other", "browser, flows")
    return [
        group(browsers[0], "tests/browser", *ignoring(PAGE_FLOWS)),
        group("live, other", "tests/live", *ignoring(FLOWS, FAILURES, "tests/live/stores")),
        group("live, failures", FAILURES),
        group(browsers[1], PAGE_FLOWS),
        replace(group("Compose", "tests/compose", "--durations=5"), behind=browsers),
        # and all folders without a group
        measured("jobs, doctor and the rest", "tests", *ignoring(*others_folders)),
        group("stores", *STORES, *ignoring(UP)),
        other if both_ends else group("live, flows", *ELSEWHERE),
        measured("unit", "tests/unit"),
        measured("api", "tests/api"),
        PAGE,
    ]
