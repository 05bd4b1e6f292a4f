"""`longshore admin files`, `file`, `uploads` and `scans`: what is stored, sent and scanned, of all subjects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from longshore.cli.admin.audit import ENTRIES
from longshore.cli.admin.decisions import no_wait_option, show_decision, yes_option
from longshore.cli.files import SIZE_HEADING, confirm, listing, listing_options, minute
from longshore.cli.session import connect, json_option
from longshore.cli.terminal.sizes import size_text
from longshore.cli.terminal.table import Table, limit_option, show_all
from longshore.cli.terminal.words import complain, plain
from longshore.cli.transfers.folders.walk import joined
from longshore.client.admin import AdminFile, AdminUpload, FileDetails, Scan

FAILED = "failed"


@click.command()
@listing_options
@limit_option
@json_option
def files(limit: int, as_json: bool, **asked: Any) -> None:
    """List all files with their owners; `--verdict infected` lists those in quarantine."""
    wanted = listing(**asked)
    with connect() as client:
        show_all(client.admin.files(**wanted), limit, as_json, FILES)


@click.command()
@click.argument("file_id")
@json_option
def file(file_id: str, as_json: bool) -> None:
    """Show all about a file: owner, verdict, object, upload, job, parts, links and audit log."""
    with connect() as client:
        found = client.admin.file(file_id)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    for line in _described(found):
        click.echo(line)
    _complain_of(found.unreachable)


@click.command()
@click.option("--state", type=click.Choice(("uploading", "completing")), help="Only uploads in this state.")
@click.option("--owner", help="Only uploads of this subject.")
@click.option("--policy", help="Only uploads of this upload policy.")
@limit_option
@json_option
def uploads(limit: int, as_json: bool, **asked: str | None) -> None:
    """List open uploads: those that are being completed first, then those that expire last.

    `longshore abort UPLOAD_ID` ends one.
    """
    with connect() as client:
        show_all(client.admin.uploads(**asked), limit, as_json, UPLOADS)


@click.command()
@click.option("--state", type=click.Choice(("running", "waiting", FAILED)), help="Only scans in this state.")
@click.option("--repeat-failed", is_flag=True, help="Repeat all failed scans instead: a decision `rescan` about them.")
@no_wait_option
@yes_option
@limit_option
@json_option
def scans(limit: int, as_json: bool, state: str | None, repeat_failed: bool, no_wait: bool, yes: bool) -> None:
    """List scans without a verdict: running ones, then waiting ones, then failed ones."""
    if repeat_failed:
        if state not in {None, FAILED}:
            raise click.UsageError("Only failed scans can be repeated.")
        confirm(yes, "Repeat all failed scans?")
        with connect() as client:
            made = client.admin.decide("rescan", filter={"virus_scan_status": "error"})
            show_decision(client, made, wait=not no_wait, as_json=as_json)
        return
    unreachable: set[str] = set()

    def noted(found: Iterator[Scan]) -> Iterator[Scan]:
        for each in found:
            unreachable.update(each.unreachable)
            yield each

    with connect() as client:
        show_all(noted(client.admin.scans(state)), limit, as_json, SCANS)
    _complain_of(unreachable)


def _complain_of(unreachable: Any) -> None:
    for name in sorted(unreachable):
        complain(f"{name} could not be asked: jobs are unknown")


def _file_row(found: AdminFile) -> tuple[str, ...]:
    words = (found.id, minute(found.created_at), f"{size_text(found.size):>10}", f"{found.virus_scan_status:<11}")
    return (*words, found.owner or "-", found.filename)


def _upload_row(found: AdminUpload) -> tuple[str, ...]:
    size = "?" if found.size is None else size_text(found.size)
    words = (found.upload_id, minute(found.created_at), f"{size:>10}", f"{found.state:<10}", found.owner or "-")
    return (*words, joined(found.path_name or "", found.filename or "-"), found.failure_reason or "")


def _scan_row(found: Scan) -> tuple[str, ...]:
    due = f"due {minute(found.scan_due_at)}" if found.scan_due_at else "not due"
    words = (found.file_id, f"{found.state:<7}", f"{found.scan_attempts} attempts", due, _job(found.job))
    return (*words, found.owner or "-", found.filename, found.last_error or "")


FILES = Table(("ID", "CREATED", SIZE_HEADING, "VERDICT", "OWNER", "NAME"), _file_row)
UPLOADS = Table(("ID", "CREATED", SIZE_HEADING, "STATE", "OWNER", "NAME", "FAILURE"), _upload_row)
SCANS = Table(("FILE", "STATE", "ATTEMPTS", "DUE", "JOB", "OWNER", "NAME", "FAILURE"), _scan_row)


def _described(found: FileDetails) -> Iterator[str]:
    shown = found.file
    parts = "unknown" if found.parts is None else str(len(found.parts))
    upload = f"{found.upload.upload_id} ({found.upload.state})" if found.upload else None
    facts = {
        "file": f"{shown.id} {shown.filename}",
        "owner": shown.owner,
        "size": f"{shown.size} bytes, {parts} parts",
        "type": f"{shown.content_type}, its bytes: {shown.detected_content_type or 'unknown'}",
        "verdict": " ".join(filter(None, (shown.virus_scan_status, shown.virus_scan_result))),
        "scanned with": f"{shown.scanned_with or '-'}, {shown.scan_attempts} attempts",
        "scan due": found.scan_due_at,
        "job": _job(found.job),
        "object": f"{found.object['bucket']}/{found.object['key']}",
        "upload": upload,
        "downloads": shown.downloads,
        "links": len(found.links),
    }
    for name, value in facts.items():
        yield plain(f"{name:<13} {'-' if value is None else value}")
    yield from (f"{'audit':<13} {ENTRIES.line(entry)}" for entry in found.audit)


def _job(job: dict[str, Any] | None) -> str:
    return "-" if job is None else str(job["status"])
