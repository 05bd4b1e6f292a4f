"""`longshore download`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from io import FileIO
from pathlib import Path

import click

from longshore.cli.completion import complete_folder
from longshore.cli.exits import STOPPED
from longshore.cli.options import Credential, credential_options, transfer_options
from longshore.cli.session import json_option, quiet_option
from longshore.cli.terminal.names import safe_name
from longshore.cli.terminal.show import Display
from longshore.cli.terminal.sizes import size_text
from longshore.cli.terminal.words import complain, plain
from longshore.cli.transfers.folders.fetch import Fetch, Wishes
from longshore.client import Client, Stop
from longshore.client.downloads.download import Downloaded
from longshore.client.downloads.file_system import name_bytes
from longshore.client.errors import StoppedError


@click.command()
@click.argument("file_id", metavar="FILE_ID|FOLDER", shell_complete=complete_folder)
@click.option("-r", "--recursive", is_flag=True, help="Download all files below FOLDER, such as `photos/2026`.")
@click.option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True),
    help="Output file, a folder, or `-` for standard output. Default: this folder.",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("--wait", is_flag=True, help="Wait for the verdict.")
@click.option("--no-check", is_flag=True, help="Check only the size, not the checksum.")
@credential_options
@transfer_options
@json_option
@quiet_option
def download(
    file_id: str,
    recursive: bool,
    output: str | None,
    force: bool,
    wait: bool,
    no_check: bool,
    credential: Credential | None,
    as_json: bool,
    quiet: bool,
    open_client: Callable[[], Client],
) -> None:
    """Download the file FILE_ID, or with -r a folder, in parallel ranges and verify its checksum.

    The bytes are written to FILE.part and renamed when complete; the same command resumes a stopped download. Standard
    output, pipes and devices are written in order.

    With -r, the folder `photos/2026` becomes the folder 2026, and of `photos/2026/` only what is below it is written;
    `/` is everything. Files that are there with the same bytes are not downloaded again.
    """
    if recursive:
        if output == "-":
            raise click.UsageError("-r needs a folder for its output.")
        wishes = Wishes(credential, force, wait, not no_check, as_json, quiet)
        with open_client() as client:
            sys.exit(Fetch(client, wishes).run(file_id, Path(output or ".")))
    with open_client() as client, ExitStack() as stack:
        target: Path | FileIO
        if output == "-":
            target = stack.enter_context(FileIO(1, "wb", closefd=False))
        else:
            target = _place(Path(output or "."), force, lambda: client.get(file_id, credential).filename)
        # the file's bytes would mix with the bars on a terminal
        shown = not as_json and not quiet and not (output == "-" and sys.stdout.isatty())
        try:
            with Display(1, None, shown) as display, display.watching(_name(target)) as observer:
                done = client.download(
                    file_id,
                    target,
                    credential=credential,
                    wait=wait,
                    check=not no_check,
                    observer=observer,
                    stop=Stop(),
                )
        except (KeyboardInterrupt, StoppedError):
            complain("stopped" if output == "-" else "stopped; run the same command again to resume")
            sys.exit(STOPPED)
    _print_done(done, as_json=as_json, quiet=quiet, err=output == "-")


def _print_done(done: Downloaded, *, as_json: bool, quiet: bool, err: bool) -> None:
    told = str(done.path)
    line: str | bytes
    if as_json:
        line = json.dumps({"path": told, "verified": done.verified, "file": asdict(done.file)})
    elif quiet:
        # programs need the exact bytes of the path
        line = os.fsencode(told)
    else:
        line = f"{plain(told)}  {size_text(done.file.size)}  verified by {done.verified}"
    click.echo(line, err=err)


def _place(target: Path, force: bool, filename: Callable[[], str]) -> Path:
    """Return the output path. Raises UsageError if it exists."""
    if target.is_dir():
        target = target / safe_name(filename(), name_bytes(target))
    if not target.parent.is_dir():
        raise click.UsageError(f"The folder {target.parent} does not exist.")
    # a dangling link counts too: the file would be written to its target
    replaced = target.is_symlink() or target.is_file() or target.is_dir() or target.is_block_device()
    if replaced and not force:
        raise click.UsageError(f"{target} already exists. Use --force to replace it.")
    return target


def _name(target: Path | FileIO) -> str:
    return str(target) if isinstance(target, Path) else "-"
