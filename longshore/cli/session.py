"""What all commands have in common: their options, and the client that they work with."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from longshore.cli.config_file import chosen
from longshore.cli.exits import exit_code
from longshore.cli.sizes import Size
from longshore.cli.words import complain, reason_of
from longshore.client import Client, RetryPolicy
from longshore.client.errors import ApiError
from longshore.client.tuner import CONNECTIONS

Function = TypeVar("Function", bound=Callable[..., Any])
MOST_PARALLEL = 64

json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, an object a line.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No progress, and of each file its id alone.")
tries_option = click.option(
    "--tries", type=click.IntRange(1), default=RetryPolicy.attempts, show_default=True, help="Before giving up a call."
)


def transfer_options(command: Function) -> Function:
    """How bytes travel."""
    parallel = click.option(
        "--parallel", type=click.IntRange(1, MOST_PARALLEL), help="Parts at once; else what is fastest is found out."
    )
    limit = click.option("--limit", type=Size(), help="Bytes a second over all files: 20MB/s.")
    return parallel(limit(tries_option(command)))


def credential_options(command: Function) -> Function:
    """A private file's credential."""
    words = click.option(
        "--credential", "pairs", multiple=True, metavar="KEY=VALUE", help="A private file's; repeatable."
    )
    file = click.option(
        "--credential-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The credential as a JSON object, out of sight of other users' process lists.",
    )
    return words(file(command))


def connect(parallel: int | None = None, limit: int | None = None, tries: int = RetryPolicy.attempts) -> Client:
    """The client of the service that is configured. Raises UsageError where none is."""
    url, token = chosen()
    connections = (parallel, parallel) if parallel else CONNECTIONS
    try:
        return Client(url, token, connections=connections, limit=limit, retry=RetryPolicy(attempts=tries))
    except ValueError as error:
        raise click.UsageError(f"This service cannot be used: {error}.") from error


def credential_of(pairs: tuple[str, ...], file: Path | None) -> dict[str, str] | None:
    """The credential that was given, None where none was. Raises BadParameter."""
    given: dict[str, str] = {}
    if file:
        try:
            found = json.loads(file.read_text())
        except ValueError:
            found = None
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise click.BadParameter("has to hold a JSON object of strings", param_hint="--credential-file")
        given |= found
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not name or not separator:
            # not the pair itself: it may be the secret
            raise click.BadParameter("has to be KEY=VALUE", param_hint="--credential")
        given[name] = value
    return given or None


def to_each(ids: Sequence[str], do: Callable[[str], None]) -> None:
    """One that is refused does not keep the others from being done; the exit code is that of the first. Raises."""
    refused: list[ApiError] = []
    for one in ids:
        try:
            do(one)
        except ApiError as error:
            if error.passing or len(ids) == 1:
                raise
            complain(f"{one}: {reason_of(error)}")
            refused.append(error)
    if refused:
        sys.exit(exit_code(refused[0]))
