"""`longshore admin allowlist`: signatures and files that are released although the scanner finds something."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import click

from longshore.cli.help import Group
from longshore.cli.session import connect, json_option
from longshore.cli.terminal.durations import Time
from longshore.cli.terminal.table import Table, limit_option, show_all
from longshore.client.admin import AllowlistEntry


@click.group(cls=Group)
def allowlist() -> None:
    """Signatures and files that are released although the scanner finds something."""


@allowlist.command()
@click.argument("kind", type=click.Choice(("signature", "sha256")))
@click.argument("value")
@click.option("--reason", required=True, help="Why, for the audit log and the released files.")
@click.option("--until", "ends_at", type=Time(), help="When the entry ends (UTC). Default: never.")
@json_option
def add(kind: str, value: str, reason: str, ends_at: datetime | None, as_json: bool) -> None:
    """Add a signature by clamd's name for it, or a file by its SHA-256 in hex."""
    with connect() as client:
        _show(client.admin.allow(kind, value, reason, None if ends_at is None else f"{ends_at.isoformat()}Z"), as_json)


@allowlist.command("list")
@limit_option
@json_option
def list_entries(limit: int, as_json: bool) -> None:
    """List the entries, newest first, also ended ones."""
    with connect() as client:
        show_all(client.admin.allowlist(), limit, as_json, ENTRIES)


@allowlist.command()
@click.argument("entry_id")
@json_option
def approve(entry_id: str, as_json: bool) -> None:
    """Approve an entry as the second person (RELEASE_APPROVAL)."""
    with connect() as client:
        _show(client.admin.approve_allowed(entry_id), as_json)


@allowlist.command()
@click.argument("entry_id")
@json_option
def remove(entry_id: str, as_json: bool) -> None:
    """End an entry. The files that it released are scanned again before they are served."""
    with connect() as client:
        _show(client.admin.disallow(entry_id), as_json)


def _show(entry: AllowlistEntry, as_json: bool) -> None:
    click.echo(json.dumps(asdict(entry)) if as_json else ENTRIES.line(entry))


def _row(entry: AllowlistEntry) -> tuple[str, ...]:
    until = entry.ends_at or "never ends"
    return (entry.entry_id, entry.state, entry.kind, entry.value, until, entry.created_by, entry.reason)


ENTRIES = Table(("ID", "STATE", "KIND", "VALUE", "UNTIL", "ADDED BY", "REASON"), _row)
