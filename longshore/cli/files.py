"""`longshore status`, `list`, `delete`, `retry` and `receipt`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from itertools import islice
from typing import Any, TextIO, TypeVar

import click

from longshore.cli.completion import complete_folder
from longshore.cli.exits import DONE, NOT_CLEAN
from longshore.cli.options import Credential, credential_options
from longshore.cli.session import connect, json_option, quiet_option, to_each
from longshore.cli.terminal.durations import Time
from longshore.cli.terminal.sizes import Size, size_text
from longshore.cli.terminal.table import Table, limit_option, show_all
from longshore.cli.terminal.words import complain, plain
from longshore.cli.transfers.folders.walk import joined
from longshore.client import File, Resumption, Status

Function = TypeVar("Function", bound=Callable[..., Any])
VERDICTS = ("pending", "scanning", "clean", "infected", "unscannable", "error", "disabled", "blocked", "released")
SORTS = ("created_at", "-created_at", "filename", "-filename", "size", "-size")


@click.command()
@click.argument("file_id")
@click.option("--watch", is_flag=True, help="Print a line for each change until the final state.")
@credential_options
@json_option
def status(file_id: str, watch: bool, credential: Credential | None, as_json: bool) -> None:
    """Show the progress of the file FILE_ID. Exit code 6 if it is final and cannot be downloaded."""
    with connect() as client:
        shown = None
        for now in client.watch(file_id, credential) if watch else [client.status(file_id, credential)]:
            text = json.dumps(asdict(now)) if as_json else _status_line(now)
            if text != shown:
                click.echo(text)
            shown = text
    sys.exit(NOT_CLEAN if now.is_final and now.stage != "ready" else DONE)


def listing_options(command: Function) -> Function:
    """Add the options that narrow and sort a list of files; `listing` reads them."""
    for option in reversed(_LISTING):
        command = option(command)
    return command


_LISTING = (
    click.option("--user", "user_id", help="Only files of this user."),
    click.option("--appointment", "appointment_id", help="Only files of this appointment."),
    click.option("--search", help="Words that the name contains."),
    click.option("--verdict", "--status", "verdict", type=click.Choice(VERDICTS), help="Only files with this verdict."),
    click.option("--policy", help="Only files of this upload policy."),
    click.option("--content-type", help="Only files of this type; `image/*` for all images."),
    click.option("--from", "created_from", type=Time(), help="Only files completed then or later (UTC)."),
    click.option("--until", "created_until", type=Time(), help="Only files completed before (UTC)."),
    click.option("--min-size", type=Size(0), help="Only files of at least this size."),
    click.option("--max-size", type=Size(0), help="Only files of at most this size."),
    click.option("--owner", help="Only files of this subject; requires the scope `admin`."),
    click.option(
        "--detail",
        "pairs",
        multiple=True,
        metavar="KEY=VALUE",
        help="Only files with this value in their detail, whose key a policy indexes; repeatable.",
    ),
    click.option("--sort", type=click.Choice(SORTS), help="Sort order. Default: newest first."),
)


def listing(pairs: tuple[str, ...], **asked: Any) -> dict[str, Any]:
    """Return the query for the client from the options. Raises BadParameter."""
    times = {name: asked[name] and f"{asked[name].isoformat()}Z" for name in ("created_from", "created_until")}
    return asked | times | {"detail": _detail_of(pairs)}


@click.command("list")
@click.option(
    "--folder",
    metavar="FOLDER",
    shell_complete=complete_folder,
    help="Only files in this folder, such as `photos/2026`; `/`: only files in no folder.",
)
@click.option("-r", "--recursive", is_flag=True, help="Also files in the folders below --folder.")
@click.option("--name", "filename", help="Only files of exactly this name.")
@listing_options
@limit_option
@json_option
@quiet_option
def list_files(limit: int, as_json: bool, quiet: bool, folder: str | None, recursive: bool, **asked: Any) -> None:
    """List the files that you can access."""
    if asked["user_id"] and asked["appointment_id"]:
        raise click.UsageError("Give either --user or --appointment, not both.")
    if recursive and folder is None:
        raise click.UsageError("-r needs --folder.")
    wanted = listing(**asked) | {"path_name": None if folder is None else folder.strip("/"), "recursive": recursive}
    with connect() as client:
        if quiet:
            for file in islice(client.files(**wanted), limit):
                click.echo(file.id)
            return
        show_all(client.files(**wanted), limit, as_json, FILES)


def _detail_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the values by their keys. Raises BadParameter."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not key or not separator or key in found:
            raise click.BadParameter(f"must be KEY=VALUE, once for each key, not {pair!r}", param_hint="--detail")
        found[key] = value
    return found


@click.command()
@click.argument("file_ids", nargs=-1, required=True, metavar="FILE_ID…")
@click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--delete-object", is_flag=True, help="Also delete the objects of adopted files, which otherwise stay.")
@credential_options
def delete(file_ids: tuple[str, ...], yes: bool, delete_object: bool, credential: Credential | None) -> None:
    """Delete files, also in storage."""
    confirm(yes, f"Permanently delete {len(file_ids)} file(s)?")
    with connect() as client:
        to_each(file_ids, lambda file_id: client.delete(file_id, credential, delete_object=delete_object))


@click.command()
@click.argument("file_id")
@credential_options
@json_option
def retry(file_id: str, credential: Credential | None, as_json: bool) -> None:
    """Repeat the failed scan of FILE_ID, or show what its open upload is missing."""
    with connect() as client:
        found = client.retry(file_id, credential)
    if as_json:
        # signed URLs grant access, so they must not reach a log
        click.echo(json.dumps({key: value for key, value in asdict(found).items() if key != "chunks"}))
    elif isinstance(found, Resumption):
        complain(f"{len(found.missing)} parts are missing; to resume: longshore resume {found.upload_id}")
    else:
        click.echo(FILES.line(found))


@click.command()
@click.argument("file_id")
@click.option(
    "-o", "--output", type=click.File("w", lazy=True), default="-", help="Output file.  [default: standard output]"
)
@credential_options
def receipt(file_id: str, output: TextIO, credential: Credential | None) -> None:
    """Download the signed receipt of FILE_ID. `longshore verify` checks it."""
    with connect() as client:
        signed = client.receipt(file_id, credential)
    output.write(f"{signed}\n")


def minute(at: str) -> str:
    """`2026-01-31 12:30` of an API time."""
    return at[:16].replace("T", " ")


def confirm(yes: bool, question: str) -> None:
    """Ask for confirmation on a terminal; elsewhere require --yes. Raises UsageError, Abort."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on. Give --yes to confirm.")
    click.confirm(question, abort=True, err=True)


def _file_row(file: File) -> tuple[str, ...]:
    private = "private" if file.is_private else "public"
    words = (file.id, minute(file.created_at), f"{size_text(file.size):>10}", f"{file.virus_scan_status:<11}")
    return (*words, f"{private:<7}", joined(file.path_name or "", file.filename))


SIZE_HEADING = f"{'SIZE':>10}"
FILES = Table(("ID", "CREATED", SIZE_HEADING, "VERDICT", "ACCESS", "NAME"), _file_row)


def _status_line(now: Status) -> str:
    bytes_ = f"{size_text(now.uploaded_bytes)} of {size_text(now.size) if now.size is not None else '?'}"
    chunks = f"{now.uploaded_chunks} of {now.total_chunks or '?'} parts"
    found = f" ({plain(now.virus_scan_result)})" if now.virus_scan_result else ""
    return f"{now.stage}  {bytes_}  {chunks}  verdict: {now.virus_scan_status or '-'}{found}"
