"""`longshore check`: compare the database with storage and report lost files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import Any

import click

from service.admin.context import deps
from service.admin.progress import Progress
from service.domain.repair.check import check_files
from service.values import Location


class Place(click.ParamType[Location]):
    """BUCKET/KEY."""

    name = "bucket/key"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Location:
        bucket, slash, key = str(value).partition("/")
        if not (bucket and slash):
            self.fail(f"{value!r} is not BUCKET/KEY, as printed by an interrupted check", param, ctx)
        return Location(bucket, key)


@click.command()
@click.option("--mark", is_flag=True, help="Mark files without an object as lost, so that they have no download link.")
@click.option(
    "--adopt",
    is_flag=True,
    help="Accept objects with the right size and a different ETag, also replaced ones, after a scan.",
)
@click.option("--from", "after", type=Place(), help="Continue an interrupted check from here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per line, the counts last.")
def check(mark: bool, adopt: bool, after: Location | None, as_json: bool) -> None:
    """Check that every file's object is in storage. Exit code 1 if one is missing or different."""
    kinds: Counter[str] = Counter()
    progress = Progress(files=0, bytes=0)
    for page in check_files(deps(), after, mark=mark, adopt=adopt):
        for flaw in page.flaws:
            kinds[flaw.kind] += 1
            done = f", {flaw.done}" if flaw.done else ""
            line = f"{flaw.kind}  {flaw.file_id}  {flaw.path}  {flaw.size} bytes, storage has {flaw.found}{done}"
            click.echo(json.dumps(asdict(flaw)) if as_json else line)
        progress.add({"files": page.files, "bytes": page.bytes}, f" --from {page.place}")
    progress.end(as_json, **kinds)
    if not as_json:
        click.echo(" ".join(f"{kind}={count}" for kind, count in sorted(kinds.items())) or "all files are in storage")
    sys.exit(1 if kinds else 0)
