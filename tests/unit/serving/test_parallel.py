"""Parallel checks: one that hangs, one that fails, and the others."""

from __future__ import annotations

import threading

import pytest

from service.parallel import ParallelChecks


def test_a_hanging_check_delays_no_other_and_runs_once() -> None:
    checks, hangs, calls = ParallelChecks(), threading.Event(), []

    def hang() -> str:
        calls.append(1)
        hangs.wait()
        return "late"

    for _ in range(3):
        assert checks.ask({"hangs": hang, "well": lambda: "ok"}, 0.2) == {"well": "ok"}
    assert len(calls) == 1
    hangs.set()
    checks._asking["hangs"].join()
    assert checks.ask({"hangs": hang}, 60) == {"hangs": "late"}


def test_two_simultaneous_callers_get_the_same_answer() -> None:
    checks, released, calls, answers = ParallelChecks(), threading.Event(), [], []

    def check() -> str:
        calls.append(1)
        released.wait()
        return "ok"

    def ask() -> None:
        answers.append(checks.ask({"part": check}, 60))

    others = [threading.Thread(target=ask) for _ in range(2)]
    for other in others:
        other.start()
    while not calls:
        pass
    released.set()
    for other in others:
        other.join()
    assert answers == [{"part": "ok"}] * 2


def test_a_failed_check_gives_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    assert ParallelChecks().ask({"broken": lambda: 1 / 0, "well": lambda: 1.0}, 60) == {"well": 1.0}
    assert "check_failed name=check-broken" in caplog.text
