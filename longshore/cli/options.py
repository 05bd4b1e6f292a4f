"""Options that several commands share. A command gets their finished values instead of their words."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from longshore.cli.session import FIRST_CONTACT, connect
from longshore.cli.terminal.sizes import Size
from longshore.client import RetryPolicy

Command = Callable[..., Any]
Credential = dict[str, str]
MOST_PARALLEL = 64
JSON_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def transfer_options(command: Command) -> Command:
    """Add the options for transfers; the command gets `open_client`, which returns a client that keeps to them."""

    @click.option(
        "--parallel",
        type=click.IntRange(1, MOST_PARALLEL),
        help="Number of parallel parts. Default: tuned to the connection.",
    )
    @click.option("--limit", type=Size(), help="Maximum rate for all files together, such as 20MB/s.")
    @click.option(
        "--tries",
        type=click.IntRange(1),
        help=f"Attempts for each call. Default: {RetryPolicy.attempts}, but only those of {FIRST_CONTACT:.0f} seconds"
        " if no connection was ever made.",
    )
    @wraps(command)
    def run(*words: Any, parallel: int | None, limit: int | None, tries: int | None, **others: Any) -> Any:
        return command(*words, open_client=partial(connect, parallel, limit, tries), **others)

    return run


def credential_options(command: Command) -> Command:
    """Add the options for the credential of a private file; the command gets it as `credential`, or None."""

    @click.option(
        "--credential", "pairs", multiple=True, metavar="KEY=VALUE", help="Credential of a private file; repeatable."
    )
    @click.option(
        "--credential-file",
        type=JSON_FILE,
        help="File with the credential as a JSON object; keeps it out of process lists.",
    )
    @wraps(command)
    def run(*words: Any, pairs: tuple[str, ...], credential_file: Path | None, **others: Any) -> Any:
        return command(*words, credential=_credential(pairs, credential_file, "--credential"), **others)

    return run


def replaced_credential_options(command: Command) -> Command:
    """Add the options for the credential of a private file that is replaced: `replaced_credential`, or None."""

    @click.option(
        "--replaced-credential",
        "replaced_pairs",
        multiple=True,
        metavar="KEY=VALUE",
        help="Credential of the replaced file, if it differs from that of the new one; repeatable.",
    )
    @click.option("--replaced-credential-file", type=JSON_FILE, help="File with it as a JSON object.")
    @wraps(command)
    def run(*words: Any, replaced_pairs: tuple[str, ...], replaced_credential_file: Path | None, **others: Any) -> Any:
        replaced = _credential(replaced_pairs, replaced_credential_file, "--replaced-credential")
        return command(*words, replaced_credential=replaced, **others)

    return run


def _credential(pairs: tuple[str, ...], file: Path | None, option: str) -> Credential | None:
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
