"""`longshore admin decide`, `decision`, `decisions`, `approve` and `cancel`: operators' decisions about files."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from longshore.cli.files import VERDICTS, confirm
from longshore.cli.session import connect, json_option
from longshore.cli.terminal.durations import Time
from longshore.cli.terminal.sizes import Size
from longshore.cli.terminal.table import Table, limit_option, show_all
from longshore.cli.terminal.words import last_of, plain
from longshore.client import Client
from longshore.client.admin import Decision

no_wait_option = click.option("--no-wait", is_flag=True, help="Do not wait until all files are decided.")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
ACTIONS = ("rescan", "release", "block", "delete")


@click.command()
@click.argument("action", type=click.Choice(ACTIONS))
@click.argument("file_ids", nargs=-1, metavar="[FILE_ID…]")
@click.option("--reason", help="Why, for the audit log and the file; required to release and to block.")
@click.option("--dry-run", is_flag=True, help="Only count the files, and print the first ones.")
@no_wait_option
@yes_option
@click.option("--verdict", "virus_scan_status", type=click.Choice(VERDICTS), help="All files with this verdict.")
@click.option("--search", help="All files whose names contain these words.")
@click.option("--policy", help="All files of this upload policy.")
@click.option("--content-type", help="All files of this type; `image/*` for all images.")
@click.option("--from", "created_from", type=Time(), help="All files completed then or later (UTC).")
@click.option("--until", "created_until", type=Time(), help="All files completed before (UTC).")
@click.option("--min-size", type=Size(0), help="All files of at least this size.")
@click.option("--max-size", type=Size(0), help="All files of at most this size.")
@click.option("--owner", help="All files of this subject.")
@click.option("--user", "user_id", help="All files of this user.")
@click.option("--appointment", "appointment_id", help="All files of this appointment.")
@json_option
def decide(
    action: str,
    file_ids: tuple[str, ...],
    reason: str | None,
    dry_run: bool,
    no_wait: bool,
    yes: bool,
    as_json: bool,
    **properties: Any,
) -> None:
    """Scan files again, release, block or delete them: those with the ids, or all that match the options.

    Options are combined: a file must match all of them. It prints the progress, and at the end how many files were
    decided, and why others were skipped. Stopping it does not cancel the decision: `longshore admin cancel` does.
    """
    wanted = {name: _stated(value) for name, value in properties.items() if value is not None}
    if bool(file_ids) == bool(wanted):
        raise click.UsageError("Give either ids of files or at least one of the options that choose files.")
    if wanted and not dry_run:
        confirm(yes, f"Apply `{action}` to all files that match? `--dry-run` counts them.")
    with connect() as client:
        made = client.admin.decide(action, file_ids or None, wanted or None, reason=reason, dry_run=dry_run)
        show_decision(client, made, wait=not no_wait, as_json=as_json)


@click.command()
@click.argument("decision_id")
@json_option
def decision(decision_id: str, as_json: bool) -> None:
    """Show a decision and its progress."""
    with connect() as client:
        _show(client.admin.decision(decision_id), as_json)


@click.command()
@limit_option
@json_option
def decisions(limit: int, as_json: bool) -> None:
    """List decisions, newest first."""
    with connect() as client:
        show_all(client.admin.decisions(), limit, as_json, DECISIONS)


@click.command()
@click.argument("decision_id")
@json_option
def approve(decision_id: str, as_json: bool) -> None:
    """Approve a release as the second person (RELEASE_APPROVAL)."""
    with connect() as client:
        show_decision(client, client.admin.approve(decision_id), wait=True, as_json=as_json)


@click.command()
@click.argument("decision_id")
@json_option
def cancel(decision_id: str, as_json: bool) -> None:
    """Cancel a decision. What it has done stays."""
    with connect() as client:
        _show(client.admin.cancel(decision_id), as_json)


def show_decision(client: Client, made: Decision, *, wait: bool, as_json: bool) -> None:
    """Print a new decision; wait: after it has ended, with its progress on standard error."""
    if wait and made.state == "running":
        made = last_of(client.admin.watch_decision(str(made.decision_id)), _progress)
    _show(made, as_json)


def _stated(value: Any) -> Any:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


def _progress(made: Decision) -> str:
    so_far = made.done + made.skipped + made.failed
    waits = f" (waits: {made.problem})" if made.problem else ""
    return f"{so_far} of {_matched(made)} files{waits}"


def _matched(made: Decision) -> str:
    return f"{'' if made.is_exact else 'at least '}{made.matched}"


def _row(made: Decision) -> tuple[str, ...]:
    words = (made.decision_id or "-", made.created_at, made.created_by, made.action, made.state, _progress(made))
    return (*words, made.reason or "")


DECISIONS = Table(("ID", "CREATED", "BY", "ACTION", "STATE", "PROGRESS", "REASON"), _row)


def _show(made: Decision, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(made)))
        return
    if made.state == "dry_run":
        click.echo(f"{made.action}: {_matched(made)} files match; nothing was changed")
        for file_id in made.file_ids or ():
            click.echo(plain(file_id))
        return
    click.echo(plain(f"{made.decision_id}  {made.action}  {made.state}"))
    click.echo(f"{_matched(made)} files: {made.done} done, {made.skipped} skipped, {made.failed} failed")
    for each in made.reasons:
        click.echo(plain(f"{each['file_id']}  {each['reason']}"))
    if made.problem:
        click.echo(plain(f"waits: {made.problem}"))
    if made.state == "waiting":
        click.echo(f"a second person must approve it: longshore admin approve {made.decision_id}")
