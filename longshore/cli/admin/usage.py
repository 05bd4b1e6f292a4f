"""`longshore admin subjects` and `usage`: who stores how much."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import click

from longshore.cli.session import connect, json_option
from longshore.cli.terminal.sizes import size_text
from longshore.cli.terminal.table import limit_option, show_lines
from longshore.cli.terminal.words import plain
from longshore.client.admin import Subject, SubjectKey, Usage


@click.command()
@click.option("--search", help="Only subjects whose names contain these words.")
@limit_option
@json_option
def subjects(limit: int, as_json: bool, search: str | None) -> None:
    """List the subjects that have bytes or API keys, by name, with their keys."""
    with connect() as client:
        show_lines(client.admin.subjects(search), limit, as_json, _subject)


@click.command()
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="Days of the history.")
@json_option
def usage(as_json: bool, days: int) -> None:
    """Show the bytes, files and uploads in storage, the largest subjects, and the history."""
    with connect() as client:
        found = client.admin.usage(days)
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        _report(found)


def _subject(found: Subject) -> str:
    most = "" if found.quota is None else f" of {size_text(found.quota)}"
    lines = [plain(f"{found.subject}  {size_text(found.bytes)}{most}")]
    return "\n".join([*lines, *(f"  {_key(key)}" for key in found.keys)])


def _key(key: SubjectKey) -> str:
    until = f"expires {key.expires_at}" if key.expires_at else "never expires"
    state = f"revoked {key.revoked_at}" if key.revoked_at else until
    used = f"last used {key.last_used_at}" if key.last_used_at else "never used"
    return plain("  ".join((key.prefix, key.name, ",".join(key.scopes), state, used)))


def _report(found: Usage) -> None:
    if found.counted_at is None:
        click.echo("not counted yet: the sweeper counts every ten minutes")
        return
    click.echo(plain(f"counted at {found.counted_at}"))
    _table("bytes", ((name, size_text(size)) for name, size in _some(found.bytes)))
    _table("files", _some(found.files))
    _table("uploads", _some(found.uploads))
    _table("subjects", ((one.subject, size_text(one.bytes)) for one in found.subjects))
    _table("history", ((day.day, size_text(sum(day.bytes.values()))) for day in found.history))


def _some(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(name, count) for name, count in counts.items() if count]


def _table(title: str, rows: Iterable[tuple[str, object]]) -> None:
    click.echo(f"{title}:")
    for name, value in rows:
        click.echo(plain(f"  {name}  {value}"))
