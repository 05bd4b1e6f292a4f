"""`longshore recover`: create rows for objects without one. `longshore relocate`: change the bucket of rows."""

from __future__ import annotations

import click

from service.admin.context import deps
from service.admin.progress import Progress
from service.domain.repair.recover import open_sealed, recover_files
from service.domain.repair.relocate import relocate as move_rows
from service.values import Recovered


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count, change nothing.")
@click.option(
    "--open",
    "opened",
    is_flag=True,
    help="Use if there were no private files: recovers all files as public, also those sealed earlier.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def recover(dry_run: bool, opened: bool, as_json: bool) -> None:
    """Recover files from objects without a row, after the database was lost or restored from a backup."""
    parts = deps()
    progress = Progress(**vars(Recovered()))
    for page in recover_files(parts, dry_run=dry_run, opened=opened):
        progress.add(vars(page))
    if opened and not dry_run:
        progress.add({"opened": open_sealed(parts)})
    progress.end(as_json)


@click.command()
@click.argument("old")
@click.argument("new")
def relocate(old: str, new: str) -> None:
    """Replace bucket OLD with bucket NEW in all rows, after the objects were copied there."""
    progress = Progress(rows=0)
    for count in move_rows(deps(), old, new):
        progress.add({"rows": count})
    progress.end(as_json=False)
