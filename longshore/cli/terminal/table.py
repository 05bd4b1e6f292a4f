"""Lists: a line per item for scripts; on a terminal, columns with headings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Generic, TypeVar

import click

from longshore.cli.terminal.words import complain, plain

T = TypeVar("T")
GAP = "  "
BLOCK = 200
"""Items whose columns are aligned together: a page of the service, so that a long list is shown as it comes."""

limit_option = click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="Maximum number of items."
)


@dataclass(frozen=True)
class Table(Generic[T]):
    """The lines of a list. headings: one for each text of `row`; texts may contain control characters."""

    headings: Sequence[str]
    row: Callable[[T], Sequence[str]]

    def line(self, item: T) -> str:
        """Return the line for scripts, which does not depend on other items."""
        return plain(GAP.join(self.row(item))).rstrip()

    def aligned(self, items: Iterable[T]) -> Iterator[str]:
        """Yield the headings, then lines whose columns are below them; nothing without items."""
        rows = ([plain(text) for text in self.row(item)] for item in items)
        widths = [len(heading) for heading in self.headings]
        headings = [list(self.headings)]
        while block := list(islice(rows, BLOCK)):
            columns = zip(widths, zip(*block, strict=True), strict=True)
            widths = [max(width, *map(cells, column)) for width, column in columns]
            for row in [*headings, *block]:
                yield GAP.join(_padded(row, widths)).rstrip()
            headings = []


def show_lines(items: Iterable[T], limit: int, as_json: bool, line: Callable[[T], str]) -> None:
    """Print the first `limit` items, as JSON or as lines."""
    _print(islice(items, limit), (lambda item: json.dumps(asdict(item))) if as_json else line)  # type: ignore[call-overload]


def show_all(items: Iterable[T], limit: int, as_json: bool, table: Table[T]) -> None:
    """Print the first `limit` items: JSON or lines, and on a terminal also headings, and whether there are more."""
    if as_json or not sys.stdout.isatty():
        show_lines(items, limit, as_json, table.line)
        return
    left = iter(items)
    if not _print(table.aligned(islice(left, limit)), str):
        complain("nothing found")
    elif next(left, None) is not None:
        complain(f"there are more; --limit {10 * limit} shows more of them")


def cells(text: str) -> int:
    """Return the columns of a terminal that a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - rich takes as long as everything else

    return cell_len(text)


def _padded(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for text, width in zip(row, widths, strict=True):
        yield text + " " * (width - cells(text))


def _print(items: Iterable[T], line: Callable[[T], str]) -> int:
    """Print the items as they come, and return their number."""
    count = 0
    for item in items:
        click.echo(line(item))
        count += 1
    return count
