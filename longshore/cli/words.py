"""Lines for people: without what a terminal would act on."""

from __future__ import annotations

import unicodedata

import click


def plain(text: object) -> str:
    """A text of somebody else's, without what a terminal would act on."""
    return "".join("?" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char for char in str(text))


def complain(text: str) -> None:
    """A line on standard error."""
    click.echo(f"longshore: {plain(text)}", err=True)
