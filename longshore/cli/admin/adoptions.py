"""`longshore admin adopt`, `adoption`, `adoptions` and `cancel-adoption`: objects that become files where they lie."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from longshore.cli.session import connect, json_option
from longshore.cli.terminal.table import Table, limit_option, show_all
from longshore.cli.terminal.words import last_of, plain
from longshore.client.admin import Adoption


@click.command()
@click.option("--bucket", required=True, help="The bucket, one of the service's ADOPT_BUCKETS.")
@click.option("--prefix", default="", help="Only objects whose keys begin with it; by default all.")
@click.option("--owner", help="The subject that owns the files; by default only operators see them.")
@click.option("--policy", help="The upload policy whose rules apply.")
@click.option("--follow", is_flag=True, help="Let storage's events add objects that come later.")
@click.option("--no-wait", is_flag=True, help="Do not wait until all objects are examined.")
@json_option
def adopt(
    bucket: str, prefix: str, owner: str | None, policy: str | None, follow: bool, no_wait: bool, as_json: bool
) -> None:
    """Make files of the objects of a bucket, where they lie: they are scanned, and served by their verdict.

    They are never copied, moved or renamed, and only deleted on explicit request. Running it again adopts new objects,
    and scans those again that have changed. It prints the progress; stopping it does not cancel the adoption:
    `longshore admin cancel-adoption` does.
    """
    with connect() as client:
        made = client.admin.adopt(bucket, prefix, owner=owner, policy=policy, follow=follow)
        if not no_wait:
            made = last_of(client.admin.watch_adoption(made.adoption_id), _progress)
    _show(made, as_json)


@click.command()
@click.argument("adoption_id")
@json_option
def adoption(adoption_id: str, as_json: bool) -> None:
    """Show an adoption and its progress."""
    with connect() as client:
        _show(client.admin.adoption(adoption_id), as_json)


@click.command()
@limit_option
@json_option
def adoptions(limit: int, as_json: bool) -> None:
    """List adoptions, newest first."""
    with connect() as client:
        show_all(client.admin.adoptions(), limit, as_json, ADOPTIONS)


@click.command("cancel-adoption")
@click.argument("adoption_id")
@json_option
def cancel_adoption(adoption_id: str, as_json: bool) -> None:
    """Cancel an adoption: it adopts no further object. Its files stay."""
    with connect() as client:
        _show(client.admin.cancel_adoption(adoption_id), as_json)


def _progress(made: Adoption) -> str:
    names = ("adopted", "renewed", "unchanged", "skipped", "failed")
    waits = f" (waits: {made.problem})" if made.problem else ""
    return ", ".join(f"{getattr(made, name)} {name}" for name in names) + waits


def _row(made: Adoption) -> tuple[str, ...]:
    place = f"{made.bucket}/{made.prefix}"
    return (made.adoption_id, made.created_at, made.created_by, place, made.state, _progress(made))


ADOPTIONS = Table(("ID", "CREATED", "BY", "OBJECTS", "STATE", "PROGRESS"), _row)


def _show(made: Adoption, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(made)))
        return
    click.echo(plain(f"{made.adoption_id}  {made.bucket}/{made.prefix}  {made.state}"))
    click.echo(plain(_progress(made)))
    for each in made.reasons:
        click.echo(plain(f"{each['key']}  {each['reason']}"))
