"""Shared options of the commands, and the client that they use."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from longshore.cli.config.file import chosen
from longshore.cli.exits import exit_code
from longshore.cli.terminal.sizes import Size
from longshore.cli.terminal.words import complain, reason_of
from longshore.client import Client, RetryPolicy
from longshore.client.errors import ApiError, BadIdError
from longshore.client.network.tuner import CONNECTIONS

Function = TypeVar("Function", bound=Callable[..., Any])
MOST_PARALLEL = 64

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per line.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Show no progress; print only the id of each file.")
SILENCE = 5.0
"""Seconds without any answer of the service after which the command reports that it waits."""
FIRST_CONTACT = 2.0
"""Seconds in which a service that was never reached is tried again: its URL may be wrong."""
tries_option = click.option(
    "--tries",
    type=click.IntRange(1),
    help=f"Attempts for each call. Default: {RetryPolicy.attempts}, but only those of {FIRST_CONTACT:.0f} seconds if no"
    " connection was ever made.",
)


def transfer_options(command: Function) -> Function:
    """Add the options for transfers."""
    parallel = click.option(
        "--parallel",
        type=click.IntRange(1, MOST_PARALLEL),
        help="Number of parallel parts. Default: tuned to the connection.",
    )
    limit = click.option("--limit", type=Size(), help="Maximum rate for all files together, such as 20MB/s.")
    return parallel(limit(tries_option(command)))


JSON_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def credential_options(command: Function) -> Function:
    """Add the options for the credential of a private file."""
    words = click.option(
        "--credential", "pairs", multiple=True, metavar="KEY=VALUE", help="Credential of a private file; repeatable."
    )
    file = click.option(
        "--credential-file",
        type=JSON_FILE,
        help="File with the credential as a JSON object; keeps it out of process lists.",
    )
    return words(file(command))


def replaced_credential_options(command: Function) -> Function:
    """Add the options for the credential of a private file that is replaced."""
    words = click.option(
        "--replaced-credential",
        "replaced_pairs",
        multiple=True,
        metavar="KEY=VALUE",
        help="Credential of the replaced file, if it differs from that of the new one; repeatable.",
    )
    file = click.option("--replaced-credential-file", type=JSON_FILE, help="File with it as a JSON object.")
    return words(file(command))


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


def credential_of(pairs: tuple[str, ...], file: Path | None, option: str = "--credential") -> dict[str, str] | None:
    """Return the credential from the options, or None. option: its name. Raises BadParameter."""
    given: dict[str, str] = {}
    if file:
        try:
            found = json.loads(file.read_text())
        except ValueError:
            found = None
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise click.BadParameter("must contain a JSON object of strings", param_hint=f"{option}-file")
        given |= found
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not name or not separator:
            # not the pair itself: it may be the secret
            raise click.BadParameter("must be KEY=VALUE", param_hint=option)
        given[name] = value
    return given or None


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
