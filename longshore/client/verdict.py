"""Wait for the verdict, with growing pauses."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.client.api import Api, Credential
from longshore.client.stopping import Stop
from longshore.client.values import Status

FIRST_WAIT, LONGEST_WAIT, GROWTH = 0.3, 5.0, 1.4
"""First and longest pause in seconds: small files are scanned at once, large ones in minutes."""


def statuses(api: Api, file_id: str, credential: Credential | None, stop: Stop) -> Iterator[Status]:
    """Yield a file's status until it is final. Raises what the calls raise."""
    wait = FIRST_WAIT
    while True:
        status = api.status(file_id, credential, stop)
        yield status
        if status.is_final:
            return
        stop.sleep(wait)
        wait = min(LONGEST_WAIT, wait * GROWTH)


def await_verdict(api: Api, file_id: str, credential: Credential | None, stop: Stop) -> Status:
    """Return the final status."""
    *_, last = statuses(api, file_id, credential, stop)
    return last
