"""The last errors of all processes: log lines of the level ERROR, in a short list in Redis, for operators.

Their secrets are removed as in logs, and they are one line of text without markup. Each process records a few a minute,
and of each event fewer: a client that causes one again and again neither fills the list nor slows the service down.
Without Redis nothing is recorded, and nothing fails.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from service.errors import QueueUnavailableError
from service.observability.redaction import known_secrets, scrub
from service.observability.request_ids import current
from service.values.formats.plain_text import plain_text
from service.values.operators.operations import ErrorView

KEY = "longshore:errors"
KEPT = 50
"""Errors in the list."""
KEPT_SECONDS = 14 * 24 * 3600
"""How long the list is kept after the last error."""
A_MINUTE = 60.0
MOST_A_MINUTE, MOST_OF_AN_EVENT = 10, 2
"""Errors that a process records in a minute, and of these of one event."""
PAUSE = 30.0
"""Seconds without an attempt after Redis did not answer."""
SECONDS = 0.5
"""Maximum seconds that Redis may take."""
LONGEST_NAME, LONGEST_MESSAGE = 100, 500
"""Characters."""
NO_MARKUP = str.maketrans("<>", "[]")
HANDLER = "longshore-errors"


class RecentErrors:
    """The list in Redis."""

    def __init__(self, redis_url: str) -> None:
        """Connect at first use: with short time limits, as a process waits for it where it logs an error."""
        limits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
        self._redis = Redis.from_url(redis_url, retry=Retry(NoBackoff(), 0), **limits)

    def add(self, error: ErrorView) -> None:
        """Add an error, and forget the oldest one. Raises RedisError."""
        text = json.dumps(vars(error) | {"at": error.at.isoformat()})
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.lpush(KEY, text)
            pipeline.ltrim(KEY, 0, KEPT - 1)
            pipeline.expire(KEY, KEPT_SECONDS)
            pipeline.execute()

    def read(self) -> list[ErrorView]:
        """Return the errors, newest first. Raises QueueUnavailableError."""
        with _translated():
            found: list[bytes] = self._redis.lrange(KEY, 0, KEPT - 1)  # type: ignore[assignment]
        errors = (_read(text) for text in found)
        return [error for error in errors if error is not None]


class ErrorHandler(logging.Handler):
    """Records log lines in the list, as far as the limits permit. secrets: removed wherever they occur."""

    def __init__(
        self, errors: RecentErrors, role: str, secrets: Sequence[str] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(logging.ERROR)
        self.set_name(HANDLER)
        self._errors = errors
        self._role = role
        self._secrets = tuple(secrets)
        self._clock = clock
        self._recorded: deque[tuple[float, str]] = deque()
        self._resting_until = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        """Record a line, or not: it is in the log anyway."""
        with suppress(Exception):  # the code that logs must continue after any error
            event = str(getattr(record, "event", record.name))
            if self._clock() >= self._resting_until and self._is_free(event):
                self._add(self._error(record, event))

    def _add(self, error: ErrorView) -> None:
        try:
            self._errors.add(error)
        except RedisError:
            self._resting_until = self._clock() + PAUSE

    def _is_free(self, event: str) -> bool:
        """Whether the limits of this minute permit another one; counts it then."""
        now = self._clock()
        while self._recorded and self._recorded[0][0] <= now - A_MINUTE:
            self._recorded.popleft()
        of_event = sum(name == event for _, name in self._recorded)
        if len(self._recorded) >= MOST_A_MINUTE or of_event >= MOST_OF_AN_EVENT:
            return False
        self._recorded.append((now, event))
        return True

    def _error(self, record: logging.LogRecord, event: str) -> ErrorView:
        message = record.getMessage()
        if hasattr(record, "event"):
            message = message.removeprefix(record.event).lstrip()
        raised = record.exc_info[1] if record.exc_info else None
        if raised is not None:
            message = f"{message} {type(raised).__name__}: {raised}".lstrip()
        return ErrorView(
            at=datetime.fromtimestamp(record.created, UTC),
            process=f"{self._role} {socket.gethostname()} {os.getpid()}",
            event=self._plain(event, LONGEST_NAME),
            message=self._plain(message, LONGEST_MESSAGE),
            request_id=current(),
        )

    def _plain(self, text: str, most: int) -> str:
        # secrets first: half of one would not be found
        return _plain(scrub(text, self._secrets), most)


def keep_errors(errors: RecentErrors | None, role: str, settings: Any) -> None:
    """Record the errors that this process and its forks log from now on; role: `api`, `worker`, `cron`. Repeatable.

    errors: None: they are not recorded. settings: a dataclass, whose secrets are removed.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if each.get_name() == HANDLER]:
        root.removeHandler(handler)
    if errors is not None:
        values = {each.name: getattr(settings, each.name) for each in fields(settings)}
        root.addHandler(ErrorHandler(errors, role, known_secrets(values)))


def _read(text: bytes) -> ErrorView | None:
    """Return an error of the list; None for what is none: any client with access to Redis can write there."""
    try:
        found: Mapping[str, Any] = json.loads(text)
        at = datetime.fromisoformat(found["at"]).astimezone(UTC)
        request_id = found["request_id"] and _plain(str(found["request_id"]), LONGEST_NAME)
        process, event = (_plain(str(found[name]), LONGEST_NAME) for name in ("process", "event"))
        return ErrorView(at, process, event, _plain(str(found["message"]), LONGEST_MESSAGE), request_id)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _plain(text: str, most: int) -> str:
    return plain_text(text.translate(NO_MARKUP), most)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise QueueUnavailableError from error
