"""`longshore owners`: assign an owner to data from before login was turned on."""

from __future__ import annotations

import click

from service.admin.context import deps
from service.admin.progress import Progress
from service.domain.accounts.owners import count_ownerless, give_ownerless
from service.values import Given
from service.values.ids import is_id
from service.values.subjects import checked_subject


@click.group()
def owners() -> None:
    """Manage ownership. Needs the service's environment (DATABASE_URL and the other settings)."""


@owners.command()
@click.argument("subject")
@click.option("--user", "user_id", help="Only data of the user with this id.")
@click.option("--dry-run", is_flag=True, help="Only count, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def give(subject: str, user_id: str | None, dry_run: bool, as_json: bool) -> None:
    """Make SUBJECT the owner of all files, uploads, users and appointments that have no owner."""
    try:
        checked_subject(subject)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="SUBJECT") from error
    if user_id is not None and not is_id(user_id):
        raise click.BadParameter("is not a user id", param_hint="--user")
    progress = Progress(**vars(Given()))
    if dry_run:
        progress.add(vars(count_ownerless(deps(), user_id)))
    else:
        for step in give_ownerless(deps(), subject, user_id):
            progress.add(vars(step))
    progress.end(as_json)
