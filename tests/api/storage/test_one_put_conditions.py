"""The conditions for one conditional PUT, and storage that does not meet one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from service.db.cached.safety import FACT, GOOD_FOR, LAST_PUT, SafetyMemory, StorageSafety, recorded
from service.db.models import Fact
from service.domain.records.objects.storage_safety import (
    DIRECT,
    PUBLIC,
    needs_look,
    permits_one_put,
    record_attacks,
    tried_on,
)
from service.storage.attacks import ONE_PUT, Sender
from service.storage.attacks.sender import Answer
from tests.support.service_under_test import App, rebuilt
from tests.support.storage.attacked_storage import Address, field_of, forward, left
from tests.support.storage.faulty_proxy import Forward, ProxiedRequest, Reply, Rule

STORED, SECOND, OVERLAPPING, CHANGED, PAGES = ONE_PUT
PAGE = "https://page.example"


class Slow(Address):
    """An address whose storage checks the condition when a slow PUT ends, as moto does, or only when it begins."""

    checks_at_end = True
    is_busy = False

    @contextmanager
    def slow_put(self, url: str, headers: Mapping[str, str], body: bytes) -> Iterator[Callable[[], Answer]]:
        def finish() -> Answer:
            self.is_busy = False
            if self.checks_at_end:
                return self.send("PUT", url, headers, body)
            path = url.partition(".com")[2]
            unconditional = {name: text for name, text in headers.items() if name != "if-none-match"}
            return Answer(*forward(ProxiedRequest("PUT", path, unconditional, body)))

        self.is_busy = True
        yield finish


def signed_only(request: ProxiedRequest, forward: Forward) -> Reply:
    is_signed = request.headers.get("content-encoding") == "identity" and "if-none-match" in request.headers
    return forward(request) if is_signed or request.method == "OPTIONS" else Reply(403, {})


def permitting(request: ProxiedRequest, forward: Forward) -> Reply:
    if request.method != "OPTIONS":
        return forward(request)
    allowed = request.headers["access-control-request-headers"]
    return Reply(200, {"access-control-allow-origin": PAGE, "access-control-allow-headers": allowed})


def dropping(name: str) -> Rule:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return forward(request._replace(headers={one: text for one, text in request.headers.items() if one != name}))

    return rule


def address(*rules: Rule, checks_at_end: bool = True) -> Slow:
    made = Slow()
    made.rules, made.checks_at_end = list(rules), checks_at_end
    return made


def unmet(app: App, at: Slow) -> list[str]:
    field = field_of(app)
    sender: Any = at
    field.sender, field.origins = sender, (PAGE,)
    found = [name for name, is_met in ONE_PUT.items() if not is_met(field)]
    assert left(app) == []
    return found


def answers_as(at: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sender, "send", lambda _self, *request: at.send(*request))
    monkeypatch.setattr(Sender, "slow_put", lambda _self, *request: at.slow_put(*request))


def note(app: App, safety: StorageSafety) -> None:
    with app.deps.db.write() as session:
        session.merge(Fact(name=FACT, value=safety.as_fact()))


@pytest.mark.parametrize(
    ("at", "names"),
    [
        (address(permitting, signed_only), []),
        (address(permitting, signed_only, dropping("content-encoding")), [STORED]),
        (address(permitting, signed_only, dropping("x-amz-meta-longshore-p6")), [STORED]),
        (address(permitting, signed_only, dropping("if-none-match")), [SECOND, OVERLAPPING]),
        (address(permitting, signed_only, checks_at_end=False), [OVERLAPPING]),
        (address(permitting), [CHANGED]),
        (address(lambda _request, _forward: Reply(403, {})), [STORED, SECOND, OVERLAPPING, PAGES]),
    ],
    ids=["all met", "header lost", "metadata lost", "never checked", "checked first", "unsigned", "refused"],
)
def test_the_conditions_that_a_storage_does_not_meet_are_found(app: App, at: Slow, names: list[str]) -> None:
    assert unmet(app, at) == names


def test_a_storage_may_refuse_the_second_of_two_overlapping_puts(app: App) -> None:
    """AWS answers 409 ConditionalRequestConflict."""

    def conflicting(request: ProxiedRequest, forward: Forward) -> Reply:
        return Reply(409, {}) if at.is_busy and request.method == "PUT" else forward(request)

    at = address(permitting, conflicting, signed_only)
    assert unmet(app, at) == []


@pytest.mark.parametrize("allowed", ["*", "if-none-match", ""])
def test_a_preflight_must_name_every_header(app: App, allowed: str) -> None:
    def answer(request: ProxiedRequest, forward: Forward) -> Reply:
        headers = {"access-control-allow-origin": "*", "access-control-allow-headers": allowed}
        return Reply(204, headers) if request.method == "OPTIONS" else forward(request)

    assert unmet(app, address(answer, signed_only)) == ([] if allowed == "*" else [PAGES])


@pytest.mark.parametrize(
    ("one_put", "age", "permitted"),
    [
        ({PUBLIC: (), DIRECT: ()}, timedelta(0), True),
        ({PUBLIC: (), DIRECT: ()}, GOOD_FOR, True),
        ({PUBLIC: (), DIRECT: ()}, GOOD_FOR + timedelta(seconds=1), False),
        ({PUBLIC: (PAGES,), DIRECT: ()}, timedelta(0), False),
        ({PUBLIC: (), DIRECT: (OVERLAPPING,)}, timedelta(0), False),
        ({PUBLIC: ()}, timedelta(0), False),
        ({}, timedelta(0), False),
    ],
)
def test_one_put_is_permitted_while_both_addresses_meet_all_conditions(
    app: App, one_put: dict[str, tuple[str, ...]], age: timedelta, permitted: bool
) -> None:
    app = rebuilt(app.with_one_put(), safety=SafetyMemory())
    assert not permits_one_put(app.deps)
    app = rebuilt(app, safety=SafetyMemory())
    note(app, StorageSafety(app.clock(), {PUBLIC: (), DIRECT: ()}, {}, one_put, tried_on=tried_on(app.deps.settings)))
    app.clock.forward(age.total_seconds())
    assert permits_one_put(app.deps) is permitted


MET = {PUBLIC: (), DIRECT: ()}
UNMET = {PUBLIC: (OVERLAPPING,), DIRECT: ()}


@pytest.mark.parametrize(
    ("one_put", "last_met", "looks"),
    [
        (MET, timedelta(0), False),
        (UNMET, None, False),
        ({}, None, False),
        (UNMET, timedelta(0), True),
        ({}, timedelta(0), True),
        (UNMET, LAST_PUT, True),
        (UNMET, LAST_PUT + timedelta(seconds=1), False),
    ],
    ids=["met", "never met", "never tried", "just met", "turned off", "a URL may be valid", "no URL is valid"],
)
def test_a_link_needs_a_head_request_while_a_url_might_replace_an_object(
    app: App, one_put: dict[str, tuple[str, ...]], last_met: timedelta | None, looks: bool
) -> None:
    app = rebuilt(app.with_settings(s3_upload_access_key="parts"), safety=SafetyMemory())
    at = None if last_met is None else app.clock() - last_met
    note(app, StorageSafety(app.clock(), {PUBLIC: (), DIRECT: ()}, {}, one_put, at, tried_on(app.deps.settings)))
    assert needs_look(app.deps) is looks


def test_the_last_permission_is_remembered(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later check that finds the storage changed keeps it."""
    at = app.clock()
    answers_as(address(permitting, signed_only), monkeypatch)
    assert record_attacks(app.deps).one_put_at == at
    app.clock.forward(1)
    answers_as(address(permitting, signed_only, checks_at_end=False), monkeypatch)
    found = record_attacks(app.deps)
    assert (found.one_put_at, found.may_put_replace(app.clock())) == (at, True)
    assert recorded(app.deps.db) == found


def test_a_result_of_the_previous_release_does_not_permit_one_put(app: App) -> None:
    fact = StorageSafety(app.clock(), {PUBLIC: ()}, {}).as_fact()
    del fact["one_put"]
    assert not StorageSafety.from_fact(fact).permits_one_put(app.clock())


@pytest.mark.parametrize(("setting", "outcome"), [("auto", {PUBLIC: (OVERLAPPING,)}), ("off", {})])
def test_the_unmet_conditions_are_recorded_with_the_attacks(
    app: App, setting: str, outcome: dict[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app.with_settings(one_put=setting)
    answers_as(address(permitting, signed_only, checks_at_end=False), monkeypatch)
    found = record_attacks(app.deps).one_put
    assert {name: found[name] for name in found if name == PUBLIC} == outcome
