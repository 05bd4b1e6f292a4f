"""Print lines for people, without terminal control characters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from longshore.cli.terminal.names import without_hidden
from longshore.client.errors import LongshoreError

T = TypeVar("T")


def plain(text: object) -> str:
    """Return a foreign text without terminal control characters."""
    return without_hidden(str(text), "?")


class Lines:
    """The output for people; a progress display replaces `write` while it is shown."""

    @staticmethod
    def plainly(text: str, err: bool) -> None:
        click.echo(text, err=err)

    write: Callable[[str, bool], None] = plainly


def answer(text: str) -> None:
    """Print a line on standard output; the caller removes control characters from foreign texts."""
    Lines.write(text, False)


def complain(text: str) -> None:
    """Print a line on standard error."""
    Lines.write(f"longshore: {plain(text)}", True)


def last_of(steps: Iterable[T], text_of: Callable[[T], str]) -> T:
    """Return the last of at least one step; print the text of each on standard error, repeated ones once."""
    shown = None
    for step in steps:
        text = text_of(step)
        if text != shown:
            click.echo(plain(text), err=True)
        shown = text
    return step


def reason_of(error: Exception) -> str:
    """Return what happened and what to do, for people."""
    match error:
        case LongshoreError():
            return error.sentence
        case OSError(strerror=str(reason)):
            return f"{error.filename}: {reason}" if error.filename else reason
    return str(error)
