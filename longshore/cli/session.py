"""The client that the commands use, and how they print."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import click

from longshore.cli.config.file import chosen
from longshore.cli.exits import exit_code
from longshore.cli.terminal.words import complain, reason_of
from longshore.client import Client, RetryPolicy
from longshore.client.errors import ApiError, BadIdError
from longshore.client.network.tuner import CONNECTIONS

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per line.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Show no progress; print only the id of each file.")
SILENCE = 5.0
"""Seconds without any answer of the service after which the command reports that it waits."""
FIRST_CONTACT = 2.0
"""Seconds in which a service that was never reached is tried again: its URL may be wrong."""


def connect(parallel: int | None = None, limit: int | None = None, tries: int | None = None) -> Client:
    """Return a client for the configured service. Raises UsageError if none is configured."""
    url, token = chosen()
    connections = (parallel, parallel) if parallel else CONNECTIONS
    policy = RetryPolicy(attempts=tries) if tries else RetryPolicy(first_contact=FIRST_CONTACT)
    try:
        return _Patient(url, token, connections=connections, limit=limit, retry=policy)
    except ValueError as error:
        raise click.UsageError(f"This service cannot be used: {error}.") from error


class _Patient(Client):
    """A client that reports once that the service has not answered: it may be slow, or another server."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._timer = threading.Timer(SILENCE, self._report)
        self._timer.daemon = True
        self._timer.start()

    def close(self) -> None:
        self._timer.cancel()
        super().close()

    def _report(self) -> None:
        if self.api.http.awaits_first_answer:
            complain(f"waiting for {self.url}, which has not answered yet; Ctrl-C stops")


def to_each(ids: Sequence[str], do: Callable[[str], None]) -> None:
    """Call `do` for each id, also after a refusal; exit with the code of the first refusal."""
    refused: list[ApiError | BadIdError] = []
    for one in ids:
        try:
            do(one)
        except (ApiError, BadIdError) as error:
            if (isinstance(error, ApiError) and error.passing) or len(ids) == 1:
                raise
            complain(f"{one}: {reason_of(error)}")
            refused.append(error)
    if refused:
        sys.exit(exit_code(refused[0]))
