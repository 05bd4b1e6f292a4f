"""`./dev test` ends with the names of the tests that failed, whatever ran them."""

import sys

import pytest

from tools.checks.run_tests import Failure, failed_tests, run_group, summary
from tools.checks.suites import Group

PYTEST_RUN = """
=================================== FAILURES ===================================
E       assert 1 == 2
=========================== short test summary info ============================
FAILED tests/api/uploads/test_init.py::test_bytes - assert 1 == 2
ERROR tests/api/uploads/test_init.py::test_name
1 failed, 1 error in 0.10s
"""
VITEST_RUN = """
 \x1b[31m❯\x1b[39m app/tests/page.test.tsx (56 tests | 1 failed) 932ms
\x1b[41m\x1b[1m FAIL \x1b[22m\x1b[49m app/tests/page.test.tsx\x1b[2m > \x1b[22mhundreds of files
 FAIL  app/tests/page.test.tsx > hundreds of files
"""


@pytest.mark.parametrize(
    ("output", "named"),
    [
        (
            PYTEST_RUN,
            [
                "FAILED tests/api/uploads/test_init.py::test_bytes - assert 1 == 2",
                "ERROR tests/api/uploads/test_init.py::test_name",
            ],
        ),
        (VITEST_RUN, ["FAIL  app/tests/page.test.tsx > hundreds of files"]),
        ("ModuleNotFoundError: No module named 'x'\n\n", ["ModuleNotFoundError: No module named 'x'"]),
        ("".join(f"FAILED test_{number}\n" for number in range(50)), [f"FAILED test_{number}" for number in range(20)]),
    ],
    ids=["pytest", "vitest", "no test is named", "many"],
)
def test_failed_tests_are_named(output: str, named: list[str]) -> None:
    assert failed_tests(output.splitlines(keepends=True)) == named


def test_a_failed_group_is_in_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    program = "print('working'); raise SystemExit('FAILED test_a')"

    failure = run_group(Group("units", (sys.executable, "-c", program)))

    assert failure == Failure("units", ["FAILED test_a"])
    assert "== units FAILED after" in capsys.readouterr().out
    assert summary([failure, Failure("coverage", ["too low"])]) == (
        "FAILED: units (further up)\n  FAILED test_a\nFAILED: coverage (further up)\n  too low"
    )


def test_a_passed_group_is_no_failure() -> None:
    assert run_group(Group("units", (sys.executable, "-c", "print('[100%]')"))) is None
    assert summary([]) == "all tests passed"
