"""Rate limits: which requests are refused, for how long, and that none is while Redis is down."""

from __future__ import annotations

from typing import Any

import pytest

from service.access.rate_limits import PAUSE, RateLimiter, make_limiter, network_of
from tests.support.login import login
from tests.support.matchers import Like, failure
from tests.support.programs.empty_redis import emptied
from tests.support.service_under_test import FILE, App, rebuilt
from tools.stack.servers.redis import Redis


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    return emptied(redis_server.url(9))


def limited(app: App, url: str, subject: str = "", address: str = "", **settings: Any) -> App:
    limiter = RateLimiter(url, subject, address)
    return rebuilt(app.with_settings(login="on", **settings), limiter=limiter)


def statuses(app: App, count: int, **options: Any) -> list[int]:
    return [app.client.get(f"{FILE}/all", **options).status_code for _ in range(count)]


def test_each_subject_is_limited_separately(app: App, redis_url: str) -> None:
    parts = limited(app, redis_url, subject="3/hour")
    ann, anns_other_key, bob = login(parts, "ann"), login(parts, "ann"), login(parts, "bob")
    assert statuses(ann, 2) + statuses(anns_other_key, 1) == [200] * 3
    answer = ann.client.get(f"{FILE}/all")
    assert (answer.status_code, answer.json) == (429, failure("too_many_requests"))
    assert answer.json["message"] == Like(
        r"Too many requests from one subject \(3 per 1 hour\)\. Wait \d+ s, then continue\."
    )
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600
    assert statuses(bob, 1) == [200]


def test_an_address_is_limited_before_its_key_is_checked(app: App, redis_url: str) -> None:
    parts = limited(app, redis_url, address="3/hour")
    ann = login(parts, "ann")
    assert statuses(parts, 3) == [401] * 3
    assert statuses(ann, 1) == [429]
    assert statuses(ann, 1, environ_base={"REMOTE_ADDR": "192.0.2.7"}) == [200]
    assert ann.client.get("/api/health/live").status_code == 200
    assert ann.client.options(f"{FILE}/all").status_code == 200


@pytest.mark.parametrize(("hops", "refused"), [(0, [200, 429]), (1, [200, 200]), (2, [200, 429])])
def test_a_forwarded_address_counts_only_from_trusted_proxies(
    app: App, redis_url: str, hops: int, refused: list[int]
) -> None:
    """A proxy appends the address of its client; a client can invent the addresses before that."""
    ann = login(limited(app, redis_url, address="1/hour", trusted_proxies=hops), "ann")
    answered = [statuses(ann, 1, headers={"X-Forwarded-For": f"10.9.9.9, 192.0.2.{n}"})[0] for n in (1, 2)]
    assert answered == refused


@pytest.mark.parametrize("rotated", ["192.0.2.7:{n}", "[2001:db8:0:{n}::{n}]:{n}", "2001:db8:0:{n}::1", "_name{n}"])
def test_no_spelling_of_an_address_gets_past_its_limit(app: App, redis_url: str, rotated: str) -> None:
    ann = login(limited(app, redis_url, address="1/hour", trusted_proxies=1), "ann")
    answered = [statuses(ann, 1, headers={"X-Forwarded-For": rotated.format(n=n)})[0] for n in (1, 2)]
    assert answered == [200, 429]


def test_without_redis_no_request_is_refused(app: App, redis_url: str, redis_server: Redis) -> None:
    clock = [0.0]
    limiter = RateLimiter(redis_url, "1/hour", "1/hour", lambda: clock[0])
    ann = login(rebuilt(app.with_settings(login="on"), limiter=limiter), "ann")
    with redis_server.down():
        assert statuses(ann, 3) == [200] * 3
    assert statuses(ann, 2) == [200] * 2, "for a moment it is not asked"
    clock[0] += PAUSE
    assert statuses(ann, 2) == [200, 429]


def test_a_frozen_redis_costs_one_request_half_a_second(app: App, redis_url: str, redis_server: Redis) -> None:
    ann = login(limited(app, redis_url, subject="1/hour"), "ann")
    redis_server.freeze()
    try:
        assert statuses(ann, 3) == [200] * 3
    finally:
        redis_server.thaw()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/48"),
        ("2001:db8:0:ffff::1", "2001:db8::/48"),
        ("2001:db8:1::1", "2001:db8:1::/48"),
        ("[2001:db8::1]:4711", "2001:db8::/48"),
        ('"[2001:db8::1]"', "2001:db8::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:4711", "192.0.2.7"),
        ("64:ff9b::c000:207", "192.0.2.7"),
        ("unknown", "unreadable"),
        ("_hidden-4711", "unreadable"),
    ],
)
def test_addresses_of_one_network_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_requests_are_not_limited_by_default(app: App) -> None:
    assert make_limiter(app.deps.settings) is None
    assert make_limiter(app.with_settings(rate_limit_address="1/second").deps.settings) is not None
