"""The result of the last attacks on storage: in health, in metrics, for operators, and for links."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.db.cached.safety import GOOD_FOR, REMEMBERED, SafetyMemory, StorageSafety
from service.domain.accounts.quota import account_of
from service.domain.records.objects.storage_safety import (
    DIRECT,
    EVERY,
    PUBLIC,
    SOON,
    is_attack_due,
    is_trusted,
    last_result,
    tried_on,
)
from service.values.access.caller import Caller, Scope
from tests.support.matchers import success
from tests.support.service_under_test import App, rebuilt
from tests.support.storage.attack_results import ALL_REFUSED, LEAK, LEAKS_OUTSIDE, note

LEAKS_INSIDE = ALL_REFUSED | {DIRECT: (LEAK,)}
UNTRIED = {PUBLIC: f"{LEAK}: storage_unavailable"}


@pytest.fixture(name="app")
def with_a_memory(app: App) -> App:
    """The service with a memory of its own, which reads the recorded results."""
    return rebuilt(app, safety=SafetyMemory())


def test_a_result_is_read_as_it_was_recorded(app: App) -> None:
    note(app, LEAKS_OUTSIDE, UNTRIED)
    assert last_result(app.deps) == StorageSafety(
        app.clock(), LEAKS_OUTSIDE, UNTRIED, tried_on=tried_on(app.deps.settings)
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"s3_public_endpoint_url": "https://other.example"},
        {"s3_endpoint_url": "https://other.example"},
        {"s3_private_bucket": "another-bucket"},
        {"s3_upload_access_key": "parts", "s3_upload_secret_key": "secret"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_result_is_not_valid_for_another_storage_or_key(app: App, changed: dict[str, str]) -> None:
    note(app, ALL_REFUSED, one_put={PUBLIC: (), DIRECT: ()})
    assert (is_trusted(app.deps), is_attack_due(app.deps, starting=True)) == (True, False)
    other = rebuilt(app.with_settings(**changed), safety=SafetyMemory())
    assert (is_trusted(other.deps), is_attack_due(other.deps)) == (False, True)


@pytest.mark.parametrize(
    ("let_through", "word"), [(ALL_REFUSED, "ok"), (LEAKS_OUTSIDE, "unsafe"), (LEAKS_INSIDE, "ok")]
)
def test_health_warns_of_the_public_address(app: App, let_through: dict[str, tuple[str, ...]], word: str) -> None:
    note(app, let_through)
    answer = app.client.get("/api/health/ready")
    expected = {"database": "ok", "storage": word, "redis": "ok", "scanner": "ok"}
    assert (answer.status_code, answer.json) == (200, success(expected))


def test_a_storage_that_is_down_is_not_reported_as_unsafe(app: App) -> None:
    note(app, LEAKS_OUTSIDE)
    assert app.without_storage().client.get("/api/health/ready").json["errors"][1] == "[storage] down"


def test_metrics_count_the_attacks_that_were_let_through(app: App) -> None:
    note(app, LEAKS_OUTSIDE)
    lines = app.client.get("/metrics").text.splitlines()
    assert [line for line in lines if line.startswith("longshore_storage_attacks_let_through{")] == [
        'longshore_storage_attacks_let_through{address="public"} 1.0',
        'longshore_storage_attacks_let_through{address="direct"} 0.0',
    ]


def test_metrics_have_no_attacks_before_the_first_result(app: App) -> None:
    assert "longshore_storage_attacks_let_through" not in app.client.get("/metrics").text


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        (Caller(None, frozenset(Scope)), (LEAK,)),
        (Caller("operator", frozenset({Scope.ADMIN})), (LEAK,)),
        (Caller("ann", frozenset({Scope.READ, Scope.UPLOAD})), ()),
    ],
)
def test_the_attacks_let_through_are_shown_to_operators_only(app: App, caller: Caller, shown: tuple[str, ...]) -> None:
    note(app, LEAKS_OUTSIDE)
    assert account_of(app.deps, caller).storage_lets_through == shown


@pytest.mark.parametrize(
    ("let_through", "untried", "age", "trusted"),
    [
        (ALL_REFUSED, {}, timedelta(0), True),
        (ALL_REFUSED, {}, GOOD_FOR, True),
        (ALL_REFUSED, {}, GOOD_FOR + timedelta(seconds=1), False),
        (LEAKS_INSIDE, {}, timedelta(0), True),
        (LEAKS_OUTSIDE, {}, timedelta(0), False),
        (ALL_REFUSED, UNTRIED, timedelta(0), False),
        ({DIRECT: ()}, {}, timedelta(0), False),
    ],
)
def test_an_object_is_trusted_where_the_public_address_refused_everything(
    app: App, let_through: dict[str, tuple[str, ...]], untried: dict[str, str], age: timedelta, trusted: bool
) -> None:
    note(app, let_through, untried)
    app.clock.forward(age.total_seconds())
    assert is_trusted(app.deps) is trusted


def test_objects_are_not_trusted_before_the_first_attack(app: App) -> None:
    assert not is_trusted(app.deps)


def test_a_new_result_is_seen_soon(app: App) -> None:
    note(app, ALL_REFUSED)
    assert is_trusted(app.deps)
    note(app, LEAKS_OUTSIDE)
    app.clock.forward(REMEMBERED.total_seconds())
    assert not is_trusted(app.deps)


@pytest.mark.parametrize(
    ("let_through", "starting", "age", "due"),
    [
        (ALL_REFUSED, False, EVERY - timedelta(seconds=1), False),
        (ALL_REFUSED, False, EVERY, True),
        (ALL_REFUSED, True, SOON - timedelta(seconds=1), False),
        (ALL_REFUSED, True, SOON, True),
        (LEAKS_OUTSIDE, False, SOON - timedelta(seconds=1), False),
        (LEAKS_OUTSIDE, False, SOON, True),
        (LEAKS_OUTSIDE, True, timedelta(0), True),
    ],
)
def test_the_last_result_and_its_age_decide_when_attacks_are_due(
    app: App, let_through: dict[str, tuple[str, ...]], starting: bool, age: timedelta, due: bool
) -> None:
    note(app, let_through, one_put={PUBLIC: ()})
    app.clock.forward(age.total_seconds())
    assert is_attack_due(app.deps, starting=starting) is due


@pytest.mark.parametrize(("starting", "age", "due"), [(True, timedelta(0), True), (False, SOON, True)])
def test_one_put_is_tried_soon_after_it_was_turned_on(app: App, starting: bool, age: timedelta, due: bool) -> None:
    """Or after an upgrade from a release that did not try it."""
    note(app, ALL_REFUSED)
    app.clock.forward(age.total_seconds())
    assert is_attack_due(app.deps, starting=starting) is due
    assert not is_attack_due(app.with_settings(one_put="off").deps, starting=starting)


def test_attacks_are_due_if_there_is_no_result(app: App) -> None:
    assert is_attack_due(app.deps)
