"""How a client bears bad answers: it waits a little and asks again, until it is answered, refused, or out of time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any, NoReturn

from tools.api_calls import Answer, Caller
from tools.chaos.ledger import Entry

WAIT = 0.3
"""Seconds between two tries, where the service did not say how long."""
MAX_WAIT = 1.0
"""Seconds: a Retry-After of 5 is cut to this, parts here are back sooner."""
DEAD = {"upload_aborted", "upload_expired", "checksum_mismatch"}
"""Codes that say: this upload will never be a file, start a new one."""


@dataclass
class Limit:
    """Until when clients go on, in seconds of time.monotonic; moved while they get on, the same one for all."""

    at: float = inf


class DeadlineError(Exception):
    """The client's time is up; until then it never gives up."""


class ToldDeadError(Exception):
    """The service has said that this upload will not become a file."""


class Patient:
    """A client's calls, each of them in its account."""

    def __init__(self, caller: Caller, entry: Entry, limit: Limit) -> None:
        self.caller = caller
        self.entry = entry
        self.plan = entry.plan
        self.limit = limit
        self.random = Random(f"{self.plan.seed}/{self.plan.number}/client")

    def _patiently(self, method: str, path: str, body: Any = None, credential: Any = None) -> Answer:
        """The answer, asked for again while it may still come."""
        while True:
            answer = self._ask(method, path, body, credential)
            if answer.ok:
                return answer
            if not answer.later:
                self._refused(f"{method} {path}", answer)
            self._wait(answer.retry_after)

    def _ask(self, method: str, path: str, body: Any = None, credential: Any = None, **options: float) -> Answer:
        self._check_time()
        answer = self.caller.ask(method, path, body, credential, **options)
        self.entry.last_answer = f"{method} {path}: {answer}"
        self._look_for_leaks(answer)
        return answer

    def _look_for_leaks(self, answer: Answer) -> None:
        """An infected file is never clean, never ready, and has no link: in no answer, at no time."""
        data = answer.data if answer.ok and self.entry.infected and isinstance(answer.data, dict) else {}
        if data.get("virus_scan_status") == "clean" or data.get("stage") == "ready" or data.get("download_url"):
            self.entry.exposed.append(self.entry.last_answer)

    def _refused(self, what: str, answer: Answer) -> NoReturn:
        """A refusal that nobody can wait out: the upload is dead, or it makes no sense and is for the judge."""
        if answer.code not in DEAD or self.entry.completed:
            self.entry.surprises.append(f"{what} was answered: {answer}")
        raise ToldDeadError(f"{what}: {answer}")

    def _wait(self, seconds: float = 0.0) -> None:
        self._check_time()
        time.sleep(self.random.uniform(0.5, 1.0) * min(max(seconds, WAIT), MAX_WAIT))

    def _check_time(self) -> None:
        if time.monotonic() > self.limit.at:
            raise DeadlineError
