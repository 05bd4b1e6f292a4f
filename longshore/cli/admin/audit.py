"""`longshore admin audit`: list and verify the audit log."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime

import click

from longshore.cli.exits import DONE, OTHER_BYTES
from longshore.cli.help import Group
from longshore.cli.session import connect, json_option
from longshore.cli.terminal.durations import Time
from longshore.cli.terminal.table import Table, limit_option, show_all
from longshore.client.admin import AuditEntry, Verification


@click.group(cls=Group)
def audit() -> None:
    """Read and check the audit log: who did what, when, from where and why."""


@audit.command("list")
@click.option("--actor", help="Only of this subject, or of `scanner`, `system` or `anonymous`.")
@click.option("--action", help="Only this action, such as `deleted` or `login_refused`.")
@click.option("--target", "target_id", help="Only about this file, grant, or API key (by its prefix).")
@click.option("--from", "created_from", type=Time(), help="Only from then on (UTC).")
@click.option("--until", "created_until", type=Time(), help="Only before (UTC).")
@limit_option
@json_option
def list_entries(
    limit: int,
    as_json: bool,
    actor: str | None,
    action: str | None,
    target_id: str | None,
    created_from: datetime | None,
    created_until: datetime | None,
) -> None:
    """List the audit log, newest entries first."""
    times = {"created_from": _utc(created_from), "created_until": _utc(created_until)}
    with connect() as client:
        entries = client.admin.audit(actor=actor, action=action, target_id=target_id, **times)
        show_all(entries, limit, as_json, ENTRIES)


@audit.command()
@click.option("--head", metavar="SEQUENCE:SEAL", help="An end that was noted earlier, and must still be in the chain.")
@json_option
def verify(head: str | None, as_json: bool) -> None:
    """Check that no entry was removed or changed. Exit code 7 if one was.

    Note the end that it prints, outside of the database: with it as --head, a later check also shows a log that was
    written again as a whole.
    """
    with connect() as client:
        for found in client.admin.verify_audit(head):
            if not found.is_complete:
                click.echo(f"{found.checked} entries checked …", err=True)
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        _report(found)
    sys.exit(OTHER_BYTES if found.flaws else DONE)


def _report(found: Verification) -> None:
    for flaw in found.flaws:
        click.echo(f"entry {flaw.sequence}: {flaw.problem}")
    kept = f"; {found.deleted} older ones were deleted (AUDIT_DAYS)" if found.deleted else ""
    new = f"; {found.unsealed} new ones have no seal yet" if found.unsealed else ""
    state = "broken" if found.flaws else "whole"
    click.echo(f"{state}: {found.checked} entries checked{kept}{new}")
    click.echo(f"end: {found.last}")


def _utc(at: datetime | None) -> str | None:
    return None if at is None else f"{at.isoformat()}Z"


def _row(entry: AuditEntry) -> tuple[str, ...]:
    who = f"{entry.actor} ({entry.address})" if entry.address else entry.actor
    return (entry.at, who, entry.action, entry.target_id or "-", entry.reason or "")


ENTRIES = Table(("AT", "WHO", "ACTION", "TARGET", "REASON"), _row)
