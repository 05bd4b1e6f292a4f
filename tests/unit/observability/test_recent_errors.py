"""The recent errors of all processes: which log lines are recorded, how many, and without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from service.errors import QueueUnavailableError
from service.observability import request_ids
from service.observability.logs import get_logger
from service.observability.recent_errors import (
    A_MINUTE,
    HANDLER,
    KEPT,
    LONGEST_MESSAGE,
    MOST_A_MINUTE,
    MOST_OF_AN_EVENT,
    PAUSE,
    ErrorHandler,
    RecentErrors,
    keep_errors,
)
from service.settings import Settings
from service.values.operators.operations import ErrorView
from tests.support.service.logged_secrets import API_KEY, JWT, KNOWN, PRESIGNED, SECRETS
from tests.support.service_under_test import make_settings
from tools.stack.servers.redis import Redis as RedisServer

log = get_logger("service.x")


class Kept:
    """A list in memory; `down` makes it unreachable."""

    def __init__(self) -> None:
        self.errors: list[ErrorView] = []
        self.down: RedisError | None = None
        self.calls = 0

    def add(self, error: ErrorView) -> None:
        self.calls += 1
        if self.down:
            raise self.down
        self.errors.append(error)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def handled(kept: Any, clock: Clock | None = None) -> Iterator[None]:
    logger = logging.getLogger("service.x")
    handler = ErrorHandler(kept, "worker", [secret for secret in KNOWN.values() if len(secret) > 9], clock or Clock())
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    with handled(made):
        yield made


def texts(kept: Kept) -> list[tuple[str, str]]:
    return [(error.event, error.message) for error in kept.errors]


def test_errors_and_exceptions_are_recorded_and_no_warnings(kept: Kept) -> None:
    request_id = request_ids.begin("of-a-request")
    log.warning("storage_slow")
    log.error("scan_given_up", file_id="1", attempts=8)
    try:
        raise ValueError("no number")
    except ValueError:
        log.exception("sweep_step_failed", step="settle")
    logging.getLogger("service.x").error("Worker (pid:%s) was sent SIGKILL!", 17)
    assert texts(kept) == [
        ("scan_given_up", "file_id=1 attempts=8"),
        ("sweep_step_failed", "step=settle ValueError: no number"),
        ("service.x", "Worker (pid:17) was sent SIGKILL!"),
    ]
    assert {error.request_id for error in kept.errors} == {request_id}
    [role, _host, pid] = kept.errors[0].process.split()
    assert (role, pid.isdigit()) == ("worker", True)


def test_no_secret_and_no_markup_is_recorded(kept: Kept) -> None:
    for text in (PRESIGNED, f"key {API_KEY} and {JWT}", f"x{'y' * 3950} {PRESIGNED}", KNOWN["DATABASE_URL"]):
        with handled(kept):
            log.error("failed", url=text)
    log.error("shown", name="<img src=x>\n\u202eforged\x1b[31m line", text="z" * 5000)
    recorded = json.dumps([vars(error) | {"at": None} for error in kept.errors])
    assert [secret for secret in SECRETS if secret in recorded] == []
    shown = kept.errors[-1].message
    assert shown.startswith("name=[img src=x]  forged [31m line text=zzz")
    assert (len(shown), shown.isprintable()) == (LONGEST_MESSAGE, True)


def test_a_process_records_a_limited_number_of_errors_a_minute() -> None:
    kept, clock = Kept(), Clock()
    with handled(kept, clock):
        for _ in range(100):
            log.error("caused_by_a_client")
        assert len(kept.errors) == MOST_OF_AN_EVENT
        for number in range(100):
            log.error(f"other_{number}")
        assert len(kept.errors) == MOST_A_MINUTE
        clock.now = A_MINUTE
        log.error("caused_by_a_client")
        assert len(kept.errors) == MOST_A_MINUTE + 1


def test_an_unreachable_redis_is_tried_rarely_and_raises_no_error() -> None:
    kept, clock = Kept(), Clock()
    kept.down = RedisConnectionError()
    with handled(kept, clock):
        log.error("a")
        log.error("b")
        assert kept.calls == 1
        kept.down, clock.now = None, PAUSE
        log.error("c")
    assert [error.event for error in kept.errors] == ["c"]


def test_a_line_that_cannot_be_formatted_raises_no_error(kept: Kept) -> None:
    logging.raiseExceptions, before = False, logging.raiseExceptions
    try:
        logging.getLogger("service.x").error("%d", "no number")
    finally:
        logging.raiseExceptions = before
    assert kept.errors == []


def test_the_list_in_redis_is_short_and_newest_first(redis_server: RedisServer) -> None:
    errors = RecentErrors(redis_server.url(9))
    with handled(errors):
        log.error("first", file_id=1)
    [first] = errors.read()
    assert (first.event, first.message) == ("first", "file_id=1")
    for number in range(KEPT):
        errors.add(ErrorView(first.at, "p", f"e{number}", "m", None))
    read = errors.read()
    assert (len(read), read[0].event, read[-1].event) == (KEPT, f"e{KEPT - 1}", "e0")
    redis = errors._redis
    assert 0 < redis.ttl("longshore:errors") <= 14 * 24 * 3600  # type: ignore[operator]
    planted = [b"x", b"[]", b"{}", json.dumps({"at": "x"}), json.dumps(vars(first) | {"at": "2026-01-01T00:00:00Z"})]
    planted.append(json.dumps(vars(first) | {"at": "2026-01-01T00:00:00Z", "message": "<b>" + "x" * 9000}))
    redis.lpush("longshore:errors", *planted)
    read = errors.read()
    assert [len(error.message) for error in read[:2]] == [LONGEST_MESSAGE, len("file_id=1")]
    assert read[0].message.startswith("[b]")
    redis.set("longshore:errors", "of another type")
    with pytest.raises(QueueUnavailableError):
        errors.read()
    with handled(errors):
        log.error("second")
    redis.flushdb()
    with redis_server.down(), pytest.raises(QueueUnavailableError):
        errors.read()


def test_one_error_handler_is_installed_at_a_time(tmp_path: Any) -> None:
    settings: Settings = make_settings(tmp_path)
    root = logging.getLogger()
    errors = RecentErrors("redis://127.0.0.1:9")
    try:
        keep_errors(errors, "api", settings)
        keep_errors(errors, "api", settings)
        assert [each.get_name() for each in root.handlers].count(HANDLER) == 1
    finally:
        keep_errors(None, "api", settings)
    assert [each for each in root.handlers if each.get_name() == HANDLER] == []
