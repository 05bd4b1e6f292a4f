"""Lines for people: without what a terminal would act on."""

from __future__ import annotations

from collections.abc import Callable

import click

from longshore.cli.names import without_hidden
from longshore.client.errors import LongshoreError


def plain(text: object) -> str:
    """A text of somebody else's, without what a terminal would act on."""
    return without_hidden(str(text), "?")


class Lines:
    """Where lines for people go; a display of bars replaces `write` while it is shown."""

    @staticmethod
    def plainly(text: str, err: bool) -> None:
        click.echo(text, err=err)

    write: Callable[[str, bool], None] = plainly


def answer(text: str) -> None:
    """A line on standard output, which may hold somebody's words: they are the caller's to make plain."""
    Lines.write(text, False)


def complain(text: str) -> None:
    """A line on standard error."""
    Lines.write(f"longshore: {plain(text)}", True)


def reason_of(error: Exception) -> str:
    """What happened and what to do, once, for people."""
    match error:
        case LongshoreError():
            return error.sentence
        case OSError(strerror=str(reason)):
            return f"{error.filename}: {reason}" if error.filename else reason
    return str(error)
