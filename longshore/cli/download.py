"""`longshore download`."""

from __future__ import annotations

import json
import sys
import unicodedata
from dataclasses import asdict
from pathlib import Path

import click

from longshore.cli.session import (
    connect,
    credential_of,
    credential_options,
    json_option,
    quiet_option,
    transfer_options,
)
from longshore.cli.show import Display
from longshore.cli.sizes import size_text
from longshore.cli.words import complain, plain
from longshore.client import Stop
from longshore.client.errors import StoppedError
from longshore.exits import STOPPED

PATH_CHARACTERS = '/\\:*?"<>|'


@click.command()
@click.argument("file_id")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file, or a folder for it. Default: here.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--wait", is_flag=True, help="Wait for the verdict, if it is still open.")
@click.option("--no-check", is_flag=True, help="Do not hold the bytes to the file's checksum, their number only.")
@credential_options
@transfer_options
@json_option
@quiet_option
def download(
    file_id: str,
    output: Path | None,
    force: bool,
    wait: bool,
    no_check: bool,
    pairs: tuple[str, ...],
    credential_file: Path | None,
    as_json: bool,
    quiet: bool,
    parallel: int | None,
    limit: int | None,
    tries: int,
) -> None:
    """Fetch the file FILE_ID in parallel ranges, checked; under its name only when it is whole.

    What has come lies in FILE.part meanwhile; the same command carries on from there.
    """
    credential, stop = credential_of(pairs, credential_file), Stop()
    with connect(parallel, limit, tries) as client:
        target = output or Path()
        if target.is_dir():
            target = target / safe_name(client.get(file_id, credential).filename)
        if target.exists() and not force:
            raise click.UsageError(f"{target} is there already; --force replaces it.")
        try:
            shown = not as_json and not quiet
            with Display(1, None, shown) as display, display.watching(target.name) as observer:
                done = client.download(
                    file_id, target, credential=credential, wait=wait, check=not no_check, observer=observer, stop=stop
                )
        except (KeyboardInterrupt, StoppedError):
            complain(f"stopped; the same command carries on from {target}.part")
            sys.exit(STOPPED)
    if as_json:
        click.echo(json.dumps({"path": str(done.path), "verified": done.verified, "file": asdict(done.file)}))
    elif quiet:
        click.echo(str(done.path))
    else:
        click.echo(f"{plain(done.path)}  {size_text(done.file.size)}  checked by {done.verified}")


def safe_name(name: str) -> str:
    """A name for this folder of what somebody has called a file elsewhere: no path, nothing hidden, never empty."""
    kept = "".join(
        "_" if char in PATH_CHARACTERS or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char
        for char in name
    ).strip(" .")
    # a name has 255 bytes in most file systems, and .part.json.draft has to fit too
    return kept.encode()[:230].decode(errors="ignore") or "file"
