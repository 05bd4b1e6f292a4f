"""The conditions for one conditional PUT: each is found unmet on a storage that does not meet it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from service.db.models import Fact
from service.db.safety import FACT, GOOD_FOR, SafetyMemory, StorageSafety
from service.domain.records.storage_safety import DIRECT, PUBLIC, needs_look, permits_one_put, record_attacks
from service.storage.attacks import ONE_PUT, Sender
from service.storage.attacks.sender import Answer
from tests.api.test_storage_attacks import Address, field_of, forward, left
from tests.support.fakes import FakeSafety
from tests.support.faulty_proxy import Asked, Forward, Reply, Rule
from tests.support.service_under_test import App, rebuilt

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
            return Answer(*forward(Asked("PUT", path, unconditional, body)))

        self.is_busy = True
        yield finish


def signed_only(asked: Asked, forward: Forward) -> Reply:
    is_signed = asked.headers.get("content-encoding") == "identity" and "if-none-match" in asked.headers
    return forward(asked) if is_signed or asked.method == "OPTIONS" else Reply(403, {})


def permitting(asked: Asked, forward: Forward) -> Reply:
    if asked.method != "OPTIONS":
        return forward(asked)
    allowed = asked.headers["access-control-request-headers"]
    return Reply(200, {"access-control-allow-origin": PAGE, "access-control-allow-headers": allowed})


def dropping(name: str) -> Rule:
    def rule(asked: Asked, forward: Forward) -> Reply:
        return forward(asked._replace(headers={one: text for one, text in asked.headers.items() if one != name}))

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


@pytest.mark.parametrize(
    ("at", "names"),
    [
        (address(permitting, signed_only), []),
        (address(permitting, signed_only, dropping("content-encoding")), [STORED]),
        (address(permitting, signed_only, dropping("x-amz-meta-longshore-p6")), [STORED]),
        (address(permitting, signed_only, dropping("if-none-match")), [SECOND, OVERLAPPING]),
        (address(permitting, signed_only, checks_at_end=False), [OVERLAPPING]),
        (address(permitting), [CHANGED]),
        (address(lambda _asked, _forward: Reply(403, {})), [STORED, SECOND, OVERLAPPING, PAGES]),
    ],
    ids=["all met", "header lost", "metadata lost", "never checked", "checked first", "unsigned", "refused"],
)
def test_what_a_storage_does_not_do_is_found(app: App, at: Slow, names: list[str]) -> None:
    assert unmet(app, at) == names


def test_a_storage_may_refuse_the_second_of_two_at_once(app: App) -> None:
    """AWS answers 409 ConditionalRequestConflict."""

    def conflicting(asked: Asked, forward: Forward) -> Reply:
        return Reply(409, {}) if at.is_busy and asked.method == "PUT" else forward(asked)

    at = address(permitting, conflicting, signed_only)
    assert unmet(app, at) == []


@pytest.mark.parametrize("allowed", ["*", "if-none-match", ""])
def test_a_preflight_must_name_every_header(app: App, allowed: str) -> None:
    def answer(asked: Asked, forward: Forward) -> Reply:
        told = {"access-control-allow-origin": "*", "access-control-allow-headers": allowed}
        return Reply(204, told) if asked.method == "OPTIONS" else forward(asked)

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
def test_both_addresses_must_meet_all_lately(
    app: App, one_put: dict[str, tuple[str, ...]], age: timedelta, permitted: bool
) -> None:
    app = rebuilt(app.with_one_put(), safety=SafetyMemory())
    assert not permits_one_put(app.deps)
    app = rebuilt(app, safety=SafetyMemory())
    safety = StorageSafety(app.clock(), {PUBLIC: (), DIRECT: ()}, {}, one_put)
    with app.deps.db.write() as session:
        session.merge(Fact(name=FACT, value=safety.as_fact()))
    app.clock.forward(age.total_seconds())
    assert permits_one_put(app.deps) is permitted


@pytest.mark.parametrize(
    ("setting", "permitted", "looks"), [("auto", True, False), ("auto", False, True), ("off", False, False)]
)
def test_storage_is_asked_before_a_link_where_a_url_might_replace_an_object(
    app: App, setting: str, permitted: bool, looks: bool
) -> None:
    app = rebuilt(app.with_settings(one_put=setting), safety=FakeSafety(one_put=permitted))
    assert needs_look(app.deps) is looks


def test_the_release_before_records_no_conditions(app: App) -> None:
    fact = StorageSafety(app.clock(), {PUBLIC: ()}, {}).as_fact()
    del fact["one_put"]
    assert not StorageSafety.from_fact(fact).permits_one_put(app.clock())


@pytest.mark.parametrize(("setting", "recorded"), [("auto", {PUBLIC: (OVERLAPPING,)}), ("off", {})])
def test_the_result_is_recorded_with_the_attacks(
    app: App, setting: str, recorded: dict[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app.with_settings(one_put=setting)
    at = address(permitting, signed_only, checks_at_end=False)
    monkeypatch.setattr(Sender, "send", lambda _self, *request: at.send(*request))
    monkeypatch.setattr(Sender, "slow_put", lambda _self, *request: at.slow_put(*request))
    found = record_attacks(app.deps).one_put
    assert {name: found[name] for name in found if name == PUBLIC} == recorded
