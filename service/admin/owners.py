"""`longshore owners`: assign an owner to data from before login was turned on, and erase an owner's data."""

from __future__ import annotations

import click

from service.admin.context import deps
from service.admin.progress import Progress
from service.domain.accounts.owners import count_ownerless, give_ownerless
from service.domain.changes.erase_subject import count_data_of, erase_subject
from service.limits import MAX_REASON
from service.values import Erased, Given
from service.values.access.subjects import checked_subject
from service.values.formats.ids import is_id


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
    _refuse_no_subject(subject)
    if user_id is not None and not is_id(user_id):
        raise click.BadParameter("is not a user id", param_hint="--user")
    progress = Progress(**vars(Given()))
    if dry_run:
        progress.add(vars(count_ownerless(deps(), user_id)))
    else:
        for step in give_ownerless(deps(), subject, user_id):
            progress.add(vars(step))
    progress.end(as_json)


@owners.command()
@click.argument("subject")
@click.option("--reason", help="Why, for the audit log. Required, except with --dry-run.")
@click.option("--delete-objects", is_flag=True, help="Also delete the objects of adopted files, which otherwise stay.")
@click.option("--dry-run", is_flag=True, help="Only count, change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before erasing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def erase(subject: str, reason: str | None, delete_objects: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Erase SUBJECT: its API keys, grants, open uploads, files, appointments and users.

    First forbid new uploads: tokens of your login stay valid. Files with a legal hold are kept and counted. If the
    command breaks off, run it again; objects that storage cannot delete now are deleted by a later sweep.
    """
    _refuse_no_subject(subject)
    before = count_data_of(deps(), subject)
    progress = Progress(**vars(Erased()))
    if dry_run:
        progress.add(vars(before))
        return progress.end(as_json)
    if not reason or len(reason) > MAX_REASON:
        raise click.BadParameter(f"must have 1 to {MAX_REASON} characters", param_hint="--reason")
    if not yes:
        click.confirm(f"Erase {before.files} files ({before.bytes} bytes) of {subject} for ever?", abort=True, err=True)
    for step in erase_subject(deps(), subject, reason, adopted_too=delete_objects):
        progress.add(vars(step))
    left = count_data_of(deps(), subject)
    progress.add({"on_hold": left.on_hold, "completing": left.completing})
    progress.end(as_json)
    if left != Erased():
        kept = ", ".join(f"{count} {name}" for name, count in vars(left).items() if count)
        click.echo(f"Not everything is erased. Left: {kept}. {_WHAT_NEXT}", err=True)
        raise SystemExit(1)
    return None


_WHAT_NEXT = (
    "Lift the legal holds (docs/retention.md), or wait until completions and decisions end, then run the command again."
)


def _refuse_no_subject(subject: str) -> None:
    try:
        checked_subject(subject)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="SUBJECT") from error
