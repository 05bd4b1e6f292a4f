"""`longshore upload`, `resume` and `abort`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from longshore.cli import journal
from longshore.cli.batch import Batch
from longshore.cli.sending import Task
from longshore.cli.session import (
    connect,
    credential_of,
    credential_options,
    json_option,
    quiet_option,
    to_each,
    transfer_options,
)
from longshore.cli.sizes import Size
from longshore.client.parts import MIB
from longshore.receipts.hashing import ALGORITHMS

MIN_PART = 5 * MIB
wait_option = click.option("--no-wait", is_flag=True, help="Do not wait for the verdict.")
abort_option = click.option("--abort-on-stop", is_flag=True, help="Abort the upload on Ctrl-C and delete its parts.")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--name", help="Name of the file; required for standard input (`-`).")
@click.option("--content-type", help="Media type. Default: by the name.")
@click.option("--user", "user_id", help="Id of the user that the file belongs to.")
@click.option("--appointment", "appointment_id", help="Id of the appointment that the file belongs to.")
@click.option("--policy", help="Upload policy of the service. Default: its default policy.")
@click.option("--detail", metavar="JSON", help="JSON object to store with the file.")
@click.option(
    "--replaces",
    metavar="FILE_ID",
    help="File to delete once this one may be downloaded; a private one needs the same --credential.",
)
@credential_options
@click.option(
    "--checksum",
    type=click.Choice(["auto", "none", *ALGORITHMS], case_sensitive=False),
    default="auto",
    show_default=True,
    help="Checksum of each part, verified by storage. auto: the best that storage verifies.",
)
@click.option(
    "--part-size", type=Size(MIN_PART), help="Size of each part in whole MiB. Default: chosen by the service."
)
@transfer_options
@wait_option
@abort_option
@json_option
@quiet_option
def upload(
    files: tuple[str, ...],
    name: str | None,
    detail: str | None,
    pairs: tuple[str, ...],
    credential_file: Path | None,
    checksum: str,
    part_size: int | None,
    no_wait: bool,
    abort_on_stop: bool,
    as_json: bool,
    quiet: bool,
    parallel: int | None,
    limit: int | None,
    tries: int,
    **whose: str | None,
) -> None:
    """Upload each FILE; `-` is standard input.

    Resumes an interrupted upload: compares the parts in storage with the file and sends only the missing ones.
    """
    _refuse_odd(files, name, whose["replaces"])
    details = {key: value for key, value in {"filename": name, **whose, "detail": _detail(detail)}.items() if value}
    options: dict[str, Any] = {"checksum": None if checksum == "none" else checksum, "wait": not no_wait}
    options["abort_on_stop"] = abort_on_stop
    if part_size:
        # whole MiB, so that other tools can compute the same checksum of the file
        options["chunk_size"] = -(-part_size // MIB) * MIB
    credential = credential_of(pairs, credential_file)
    with connect(parallel, limit, tries) as client:
        tasks = [Task(path, details, credential, options) for path in files]
        sys.exit(Batch(client, as_json, quiet, waits=not no_wait).run(tasks))


@click.command()
@click.argument("upload_ids", nargs=-1, metavar="[UPLOAD_ID]…")
@click.option("--file", "file", help="Path of the file if it is not in this machine's journal (`-`: standard input).")
@credential_options
@transfer_options
@wait_option
@json_option
@quiet_option
def resume(
    upload_ids: tuple[str, ...],
    file: str | None,
    pairs: tuple[str, ...],
    credential_file: Path | None,
    no_wait: bool,
    as_json: bool,
    quiet: bool,
    parallel: int | None,
    limit: int | None,
    tries: int,
) -> None:
    """Resume interrupted uploads: the given ones, else all in this machine's journal for this service.

    To resume on another machine, give UPLOAD_ID and --file. The parts in storage are compared with the file first.
    """
    credential = credential_of(pairs, credential_file)
    if file and len(upload_ids) != 1:
        raise click.UsageError("--file needs exactly one UPLOAD_ID.")
    options = {"wait": not no_wait}
    with connect(parallel, limit, tries) as client:
        found = [_remembered(upload_id, file) for upload_id in upload_ids] or _all_of(client.url)
        if not found:
            click.echo("longshore: no uploads to resume", err=True)
            return
        tasks = [_task(entry, file, credential, options) for entry in found]
        sys.exit(Batch(client, as_json, quiet, waits=not no_wait).run(tasks))


@click.command()
@click.argument("upload_ids", nargs=-1, required=True, metavar="UPLOAD_ID…")
def abort(upload_ids: tuple[str, ...]) -> None:
    """Abort open uploads and delete their parts."""
    with connect() as client:

        def end(upload_id: str) -> None:
            client.abort(upload_id)
            journal.forget(upload_id)

        to_each(upload_ids, end)


def _refuse_odd(files: Sequence[str], name: str | None, replaces: str | None) -> None:
    if "-" in files and (len(files) > 1 or not name):
        raise click.UsageError("Standard input (`-`) must be the only file and needs --name.")
    if name and len(files) > 1:
        raise click.UsageError("--name works with one file only.")
    if replaces and len(files) > 1:
        raise click.UsageError("--replaces works with one file only.")


def _detail(text: str | None) -> Any:
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--detail")
    return found


def _all_of(url: str) -> list[journal.Entry]:
    """Return the journal's uploads to this service, except streams: their bytes must be piped in again."""
    return [entry for entry in journal.entries() if entry.url == url and entry.path != "-"]


def _remembered(upload_id: str, file: str | None) -> journal.Entry:
    """Return the journal's entry, or a new one if a file is given."""
    entry = journal.find(upload_id)
    if entry is None and file is None:
        raise click.UsageError(f"The upload {upload_id} is not in this machine's journal. Give its file with --file.")
    return entry or journal.Entry(upload_id, "", "", "", None, None, 0, "")


def _task(entry: journal.Entry, file: str | None, credential: dict[str, str] | None, options: dict[str, Any]) -> Task:
    if entry.private and credential is None:
        raise click.UsageError(
            f"The upload {entry.upload_id} was started as private. Give its --credential again to keep it private."
        )
    path = file or entry.path
    details = dict(entry.details)
    if path == "-" and "filename" not in details:
        raise click.UsageError("The stream's name is not in this machine's journal. Upload it again with --name.")
    return Task(path, details, credential, options, entry.upload_id)
