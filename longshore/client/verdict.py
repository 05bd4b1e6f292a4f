"""Waiting for the verdict: the questions come ever more rarely."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.client.api import Api, Credential
from longshore.client.stopping import Stop
from longshore.client.values import Status

FIRST_WAIT, LONGEST_WAIT, GROWTH = 0.3, 5.0, 1.4
"""Seconds: small files are scanned in a blink, large ones in minutes."""


def statuses(api: Api, file_id: str, credential: Credential | None, stop: Stop) -> Iterator[Status]:
    """A file's status again and again; the last one is final. Raises what asking raises."""
    wait = FIRST_WAIT
    while True:
        status = api.status(file_id, credential, stop)
        yield status
        if status.is_final:
            return
        stop.sleep(wait)
        wait = min(LONGEST_WAIT, wait * GROWTH)


def await_verdict(api: Api, file_id: str, credential: Credential | None, stop: Stop) -> Status:
    """The status once nothing changes any more."""
    *_, last = statuses(api, file_id, credential, stop)
    return last
