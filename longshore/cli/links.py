"""`longshore links`: create, list and revoke links to files."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from longshore.cli.files import minute
from longshore.cli.help import Group
from longshore.cli.options import Credential, credential_options
from longshore.cli.session import connect, json_option, to_each
from longshore.cli.terminal.durations import Duration
from longshore.cli.terminal.standard_input import first_line
from longshore.cli.terminal.table import Table, limit_option, show_all
from longshore.client import LinkStatus
from longshore.links import ATTACHMENT, INLINE


@click.group(cls=Group)
def links() -> None:
    """Manage links to files, for people without a login."""


@links.command()
@click.argument("file_id")
@click.option("--expires-in", type=Duration(), default="7d", show_default=True, help="30m, 12h, 7d; at most 366d.")
@click.option("--max-downloads", type=click.IntRange(1), help="Number of downloads. Default: any number.")
@click.option("--password", is_flag=True, help="Ask for a password, or read it from standard input.")
@click.option("--attachment", is_flag=True, help="Browsers save the file instead of displaying it.")
@credential_options
@json_option
def create(
    file_id: str,
    expires_in: int,
    max_downloads: int | None,
    password: bool,
    attachment: bool,
    credential: Credential | None,
    as_json: bool,
) -> None:
    """Create a link to the file FILE_ID and print its URL, which is shown only once.

    A private file needs its credential here; the link then needs none.
    """
    chosen = _password() if password else None
    with connect() as client:
        made = client.create_link(
            file_id,
            expires_in=expires_in,
            max_downloads=max_downloads,
            password=chosen,
            disposition=ATTACHMENT if attachment else INLINE,
            credential=credential,
        )
    click.echo(json.dumps(asdict(made)) if as_json else made.url)


@links.command("list")
@click.argument("file_id")
@limit_option
@json_option
def list_links(file_id: str, limit: int, as_json: bool) -> None:
    """List the links of the file FILE_ID with their downloads, newest first."""
    with connect() as client:
        show_all(client.links(file_id), limit, as_json, LINKS)


@links.command()
@click.argument("file_id")
@click.argument("link_ids", nargs=-1, required=True, metavar="LINK_ID…")
@json_option
def revoke(file_id: str, link_ids: tuple[str, ...], as_json: bool) -> None:
    """Revoke links of the file FILE_ID."""
    with connect() as client:

        def one(link_id: str) -> None:
            revoked = client.revoke_link(file_id, link_id)
            if as_json:
                click.echo(json.dumps(asdict(revoked)))

        to_each(link_ids, one)


def _password() -> str:
    """Return the password from the terminal, else the first line of standard input. Raises UsageError."""
    if sys.stdin.isatty():
        given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        given = first_line(sys.stdin.fileno())
    if not given:
        raise click.UsageError("The password is empty.")
    return given


def _row(link: LinkStatus) -> tuple[str, ...]:
    limit = "" if link.max_downloads is None else f" of {link.max_downloads}"
    guard = "password" if link.has_password else "open"
    uses = f"{link.downloads}{limit} downloads"
    return (link.link_id, f"{link.state:<8}", f"until {minute(link.expires_at)}", uses, guard)


LINKS = Table(("ID", "STATE", "VALID", "DOWNLOADS", "ACCESS"), _row)
