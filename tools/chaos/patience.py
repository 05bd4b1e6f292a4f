"""Retries of a client: it waits and calls again, until a success, a refusal, or the deadline."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any, NoReturn

from tools.api_calls import Answer, Caller
from tools.chaos.ledger import Entry

WAIT = 0.3
"""Seconds between two attempts, without a Retry-After."""
MAX_WAIT = 1.0
"""Seconds: a longer Retry-After is cut to this, because parts restart sooner here."""
DEAD = {"upload_aborted", "upload_expired", "checksum_mismatch"}
"""Codes of an upload that will never be a file; the client starts a new one."""


@dataclass
class Limit:
    """The deadline of all clients, in seconds of time.monotonic; moved while they make progress."""

    at: float = inf


class DeadlineError(Exception):
    """The deadline has passed; until then the client retries."""


class DeadUploadError(Exception):
    """The service has reported that this upload will not become a file."""


class Patient:
    """The calls of a client, recorded in its entry."""

    def __init__(self, caller: Caller, entry: Entry, limit: Limit) -> None:
        self.caller = caller
        self.entry = entry
        self.plan = entry.plan
        self.limit = limit
        self.random = Random(f"{self.plan.seed}/{self.plan.number}/client")

    def _call_until_ok(self, method: str, path: str, body: Any = None, credential: Any = None) -> Answer:
        """Call until the response is a success. Raises DeadUploadError for a refusal, DeadlineError."""
        while True:
            answer = self._call(method, path, body, credential)
            if answer.ok:
                return answer
            if not answer.later:
                self._refused(f"{method} {path}", answer)
            self._wait(answer.retry_after)

    def _call(self, method: str, path: str, body: Any = None, credential: Any = None, **options: float) -> Answer:
        self._check_time()
        answer = self.caller.ask(method, path, body, credential, **options)
        self.entry.last_answer = f"{method} {path}: {answer}"
        self._record_exposure(answer)
        return answer

    def _record_exposure(self, answer: Answer) -> None:
        """Record a response in which an infected file is clean or ready, or has a link."""
        data = answer.data if answer.ok and self.entry.infected and isinstance(answer.data, dict) else {}
        if data.get("virus_scan_status") == "clean" or data.get("stage") == "ready" or data.get("download_url"):
            self.entry.exposed.append(self.entry.last_answer)

    def _refused(self, what: str, answer: Answer) -> NoReturn:
        """Raise DeadUploadError for a refusal; if its code is unexpected, record it for the judge."""
        if answer.code not in DEAD or self.entry.completed:
            self.entry.surprises.append(f"{what} got the response: {answer}")
        raise DeadUploadError(f"{what}: {answer}")

    def _wait(self, seconds: float = 0.0) -> None:
        self._check_time()
        time.sleep(self.random.uniform(0.5, 1.0) * min(max(seconds, WAIT), MAX_WAIT))

    def _check_time(self) -> None:
        if time.monotonic() > self.limit.at:
            raise DeadlineError
