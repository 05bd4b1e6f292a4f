"""`longshore upload`, `resume` and `abort`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from longshore.cli.completion import complete_folder
from longshore.cli.exits import STOPPED
from longshore.cli.options import Credential, credential_options, replaced_credential_options, transfer_options
from longshore.cli.session import connect, json_option, quiet_option, to_each
from longshore.cli.terminal.sizes import Size
from longshore.cli.terminal.words import complain, plain
from longshore.cli.transfers import journal
from longshore.cli.transfers.batch import Batch, bytes_of
from longshore.cli.transfers.folders.walk import Found, Renamed, Skipped, Unreadable, totals, walk_all
from longshore.cli.transfers.sending import Task
from longshore.client import Client
from longshore.client.parts import MIB
from longshore.receipts.hashing import ALGORITHMS

KEEP, REPLACE = "keep", "replace"
MIN_PART = 5 * MIB
wait_option = click.option("--no-wait", is_flag=True, help="Do not wait for the verdict.")
abort_option = click.option("--abort-on-stop", is_flag=True, help="Abort the upload on Ctrl-C and delete its parts.")


def _open_uploads(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the ids of this machine's open uploads."""
    found = [entry for entry in journal.entries() if entry.upload_id.startswith(incomplete)]
    return [CompletionItem(entry.upload_id, help=plain(Path(entry.path).name)) for entry in found]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(allow_dash=True))
@click.option("-r", "--recursive", is_flag=True, help="Upload folders with all files below them.")
@click.option(
    "--folder",
    metavar="FOLDER",
    shell_complete=complete_folder,
    help="Folder of the service for the files, such as `photos/2026`.",
)
@click.option(
    "--follow-links", "-L", is_flag=True, help="Follow symbolic links; else those below folders are left out."
)
@click.option("--skip-stored", is_flag=True, help="Skip files whose name and size their folder has already.")
@click.option(
    "--same-name",
    type=click.Choice((KEEP, REPLACE)),
    default=KEEP,
    show_default=True,
    help="keep: files of the same name in their folder stay. replace: the newest is deleted once the new one is clean.",
)
@click.option("--name", help="Name of the file; required for standard input (`-`).")
@click.option("--content-type", help="Media type. Default: by the name.")
@click.option("--user", "user_id", help="Id of the user that the file belongs to.")
@click.option("--appointment", "appointment_id", help="Id of the appointment that the file belongs to.")
@click.option("--policy", help="Upload policy of the service. Default: its default policy.")
@click.option("--detail", metavar="JSON", help="JSON object to store with the file.")
@click.option(
    "--replaces",
    metavar="FILE_ID",
    help="File to delete once this one may be downloaded.",
)
@replaced_credential_options
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
    recursive: bool,
    folder: str | None,
    follow_links: bool,
    skip_stored: bool,
    same_name: str,
    name: str | None,
    detail: str | None,
    replaced_credential: Credential | None,
    credential: Credential | None,
    checksum: str,
    part_size: int | None,
    no_wait: bool,
    abort_on_stop: bool,
    as_json: bool,
    quiet: bool,
    open_client: Callable[[], Client],
    **whose: str | None,
) -> None:
    """Upload each FILE; `-` is standard input.

    Resumes an interrupted upload: compares the parts in storage with the file and sends only the missing ones.

    With -r, the folder `photos` goes into the folder photos of the service, and `photos/` only what is below it.
    """
    _refuse_odd(files, name, whose["replaces"], recursive)
    replaces_same = same_name == REPLACE
    _refuse_replacing(whose["replaces"], replaces_same, replaced_credential)
    if "-" in files and skip_stored:
        raise click.UsageError("--skip-stored needs files: the size of standard input is unknown.")
    above = _folder(folder)
    given = {"filename": name, **whose, "detail": _detail(detail)}
    details = {key: value for key, value in given.items() if value}
    options: dict[str, Any] = {"wait": not no_wait, "abort_on_stop": abort_on_stop}
    options |= _sending(checksum, part_size, replaced_credential)

    def task(path: str, folder: str) -> Task:
        named = {**details, "path_name": folder} if folder else details
        return Task(path, named, credential, options, skips_stored=skip_stored, replaces_same=replaces_same)

    with open_client() as client:
        batch = Batch(client, as_json, quiet, waits=not no_wait)
        if not recursive:
            sys.exit(batch.run([task(path, above) for path in files], len(files), bytes_of(files)))
        sys.exit(_upload_folders(batch, files, above, follow_links, task))


@click.command()
@click.argument("upload_ids", nargs=-1, metavar="[UPLOAD_ID]…", shell_complete=_open_uploads)
@click.option(
    "--file",
    "file",
    type=click.Path(allow_dash=True),
    help="Path of the file if it is not in this machine's journal (`-`: standard input).",
)
@credential_options
@transfer_options
@wait_option
@json_option
@quiet_option
def resume(
    upload_ids: tuple[str, ...],
    file: str | None,
    credential: Credential | None,
    no_wait: bool,
    as_json: bool,
    quiet: bool,
    open_client: Callable[[], Client],
) -> None:
    """Resume interrupted uploads: the given ones, else all in this machine's journal for this service.

    To resume on another machine, give UPLOAD_ID and --file. The parts in storage are compared with the file first.
    """
    if file and len(upload_ids) != 1:
        raise click.UsageError("--file needs exactly one UPLOAD_ID.")
    options = {"wait": not no_wait}
    with open_client() as client:
        found = [_remembered(upload_id, file) for upload_id in upload_ids] or _all_of(client.url)
        if not found:
            click.echo("longshore: no uploads to resume", err=True)
            return
        tasks = [_task(entry, file, credential, options) for entry in found]
        size = bytes_of([task.path for task in tasks])
        sys.exit(Batch(client, as_json, quiet, waits=not no_wait).run(tasks, len(tasks), size))


@click.command()
@click.argument("upload_ids", nargs=-1, required=True, metavar="UPLOAD_ID…", shell_complete=_open_uploads)
def abort(upload_ids: tuple[str, ...]) -> None:
    """Abort open uploads and delete their parts."""
    with connect() as client:

        def end(upload_id: str) -> None:
            client.abort(upload_id)
            journal.forget(upload_id)

        to_each(upload_ids, end)


def _upload_folders(
    batch: Batch, files: Sequence[str], above: str, follow: bool, task: Callable[[str, str], Task]
) -> int:
    """Upload all files below these folders, and return the exit code."""
    # counting takes a second pass, for the progress bar alone
    count, size = totals(walk_all(files, above, follow)) if sys.stderr.isatty() else (None, None)
    code = batch.run(_below(files, above, follow, task), count, size)
    batch.summarize(code == STOPPED)
    if code == STOPPED:
        complain("to continue: the same command with --skip-stored")
    return code


def _below(files: Sequence[str], folder: str, follow: bool, task: Callable[[str, str], Task]) -> Iterator[Task]:
    """Yield a task for each file, and name what is left out or renamed."""
    for entry in walk_all(files, folder, follow):
        match entry:
            case Found():
                yield task(entry.path, entry.folder)
            case Unreadable():
                yield Task(entry.path, {}, error=entry.error)
            case Skipped():
                complain(f"{entry.path}: left out: {entry.reason}")
            case Renamed():
                complain(f"{entry.path}: uploading into the folder {entry.folder}")


def _refuse_odd(files: Sequence[str], name: str | None, replaces: str | None, recursive: bool) -> None:
    if recursive and (name or replaces or "-" in files):
        raise click.UsageError("-r does not work with --name, --replaces and standard input.")
    if "-" in files and (len(files) > 1 or not name):
        raise click.UsageError("Standard input (`-`) must be the only file and needs --name.")
    if name and len(files) > 1:
        raise click.UsageError("--name works with one file only.")
    if replaces and len(files) > 1:
        raise click.UsageError("--replaces works with one file only.")


def _refuse_replacing(replaces: str | None, replaces_same: bool, credential: Credential | None) -> None:
    if replaces and replaces_same:
        raise click.UsageError("Give either --replaces or --same-name replace, not both.")
    if credential and not replaces and not replaces_same:
        raise click.UsageError("--replaced-credential needs --replaces or --same-name replace.")


def _sending(checksum: str, part_size: int | None, replaced_credential: Credential | None) -> dict[str, Any]:
    """Return the options of each upload. The credential is one, because details are written to the journal."""
    options: dict[str, Any] = {"checksum": None if checksum == "none" else checksum}
    if replaced_credential:
        options["replaced_credential"] = replaced_credential
    if part_size:
        # whole MiB, so that other tools can compute the same checksum of the file
        options["chunk_size"] = -(-part_size // MIB) * MIB
    return options


def _folder(path: str | None) -> str:
    """Return the folder for the files, `` for none. Raises BadParameter, before each of many files is refused."""
    folder = (path or "").strip("/")
    if folder and not {".", "..", ""}.isdisjoint(folder.split("/")):
        raise click.BadParameter("must not contain `.`, `..` or `//`", param_hint="--folder")
    return folder


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


def _task(entry: journal.Entry, file: str | None, credential: Credential | None, options: dict[str, Any]) -> Task:
    if entry.private and credential is None:
        raise click.UsageError(
            f"The upload {entry.upload_id} was started as private. Give its --credential again to keep it private."
        )
    path = file or entry.path
    details = dict(entry.details)
    if path == "-" and "filename" not in details:
        raise click.UsageError("The stream's name is not in this machine's journal. Upload it again with --name.")
    return Task(path, details, credential, options, entry.upload_id)
