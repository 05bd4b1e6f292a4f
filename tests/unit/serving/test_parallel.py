"""Asking several parts: one that hangs, one that breaks, and the others."""

from __future__ import annotations

import threading

import pytest

from service.parallel import ParallelChecks


def test_one_that_hangs_holds_nobody_and_is_not_asked_twice() -> None:
    checks, hangs, asked = ParallelChecks(), threading.Event(), []

    def hang() -> str:
        asked.append(1)
        hangs.wait()
        return "late"

    for _ in range(3):
        assert checks.ask({"hangs": hang, "well": lambda: "ok"}, 0.2) == {"well": "ok"}
    assert len(asked) == 1
    hangs.set()
    checks._asking["hangs"].join()
    assert checks.ask({"hangs": hang}, 60) == {"hangs": "late"}


def test_two_who_ask_at_once_get_the_same_answer() -> None:
    checks, goes_on, asked, answers = ParallelChecks(), threading.Event(), [], []

    def question() -> str:
        asked.append(1)
        goes_on.wait()
        return "ok"

    def ask() -> None:
        answers.append(checks.ask({"part": question}, 60))

    others = [threading.Thread(target=ask) for _ in range(2)]
    for other in others:
        other.start()
    while not asked:
        pass
    goes_on.set()
    for other in others:
        other.join()
    assert answers == [{"part": "ok"}] * 2


def test_one_that_breaks_gives_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    assert ParallelChecks().ask({"broken": lambda: 1 / 0, "well": lambda: 1.0}, 60) == {"well": 1.0}
    assert "check_failed name=check-broken" in caplog.text
