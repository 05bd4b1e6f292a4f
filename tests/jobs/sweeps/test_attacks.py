"""The cron process runs the attacks on storage in parallel to its sweeps: at its start, and when they are due."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from jobs import cron
from service.deps import Deps
from service.domain.records.objects.storage_safety import PUBLIC
from service.errors import DatabaseUnavailableError
from tests.support.service_under_test import App
from tests.support.storage.attack_results import ALL_REFUSED, LEAKS_OUTSIDE, note


class Rounds:
    """Rounds of attacks that last until the test ends them."""

    def __init__(self) -> None:
        self.begun = 0
        self.let_go = threading.Event()
        self.raises: Exception | None = None

    def __call__(self, _deps: Deps) -> None:
        self.begun += 1
        assert self.let_go.wait(60)
        if self.raises:
            raise self.raises


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rounds]:
    made = Rounds()
    monkeypatch.setattr(cron, "record_attacks", made)
    yield made
    made.let_go.set()


def ended(attacks: cron.Attacks, rounds: Rounds) -> None:
    """Let the round that runs come to its end."""
    rounds.let_go.set()
    assert attacks.running is not None
    attacks.running.join()


def test_attacks_run_one_round_at_a_time(app: App, rounds: Rounds) -> None:
    attacks = cron.Attacks(app.deps)
    attacks.begin_when_due()
    attacks.begin_when_due()
    ended(attacks, rounds)
    assert rounds.begun == 1
    attacks.begin_when_due()
    ended(attacks, rounds)
    assert rounds.begun == 2


def test_a_recent_result_causes_no_attacks(app: App, rounds: Rounds) -> None:
    note(app, ALL_REFUSED, one_put={PUBLIC: ()})
    attacks = cron.Attacks(app.deps)
    attacks.begin_when_due()
    assert (attacks.running, rounds.begun) == (None, 0)


def test_a_start_repeats_successful_attacks_once(app: App, rounds: Rounds) -> None:
    note(app, LEAKS_OUTSIDE)
    attacks = cron.Attacks(app.deps)
    attacks.begin_when_due()
    ended(attacks, rounds)
    attacks.begin_when_due()
    assert rounds.begun == 1


@pytest.mark.parametrize(
    ("error", "logged"),
    [(DatabaseUnavailableError(), "attacks_not_recorded"), (ZeroDivisionError(), "attacks_failed")],
)
def test_a_round_that_fails_is_logged_and_tried_again(
    app: App, rounds: Rounds, caplog: pytest.LogCaptureFixture, error: Exception, logged: str
) -> None:
    rounds.raises = error
    attacks = cron.Attacks(app.deps)
    with caplog.at_level(logging.WARNING):
        attacks.begin_when_due()
        ended(attacks, rounds)
    assert [record.message.split()[0] for record in caplog.records] == [logged]
    attacks.begin_when_due()
    ended(attacks, rounds)
    assert rounds.begun == 2


def test_attacks_do_not_begin_without_a_database(app: App, rounds: Rounds, caplog: pytest.LogCaptureFixture) -> None:
    attacks = cron.Attacks(app.without_database().deps)
    caplog.clear()
    attacks.begin_when_due()
    assert [record.message for record in caplog.records] == ["attacks_not_begun reason=database_unavailable"]
    assert rounds.begun == 0
