"""`longshore users`, `appointments` and `whoami`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from longshore.cli.files import confirm
from longshore.cli.help import Group
from longshore.cli.session import connect, json_option
from longshore.cli.terminal.sizes import size_text
from longshore.cli.terminal.table import Table, limit_option, show_all
from longshore.cli.terminal.words import plain
from longshore.client import Appointment, User

USERS: Table[User] = Table(("ID", "NAME"), lambda user: (user.id, user.name))
APPOINTMENTS: Table[Appointment] = Table(("ID", "USER", "TITLE"), lambda visit: (visit.id, visit.user_id, visit.title))
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")


@click.group(cls=Group)
def users() -> None:
    """Manage users that files can belong to."""


@users.command("list")
@limit_option
@json_option
def list_users(limit: int, as_json: bool) -> None:
    """List the users that you can access, newest first."""
    with connect() as client:
        show_all(client.users(), limit, as_json, USERS)


@users.command("create")
@click.argument("name")
@json_option
def create_user(name: str, as_json: bool) -> None:
    """Create a user and print its id."""
    with connect() as client:
        made = client.create_user(name)
    click.echo(json.dumps(asdict(made)) if as_json else made.id)


@users.command("delete")
@click.argument("user_id")
@yes_option
def delete_user(user_id: str, yes: bool) -> None:
    """Delete a user with its appointments and all their files."""
    confirm(yes, "Permanently delete this user and all its files?")
    with connect() as client:
        client.delete_user(user_id)


@click.group(cls=Group)
def appointments() -> None:
    """Manage appointments that files can belong to."""


@appointments.command("list")
@click.option("--user", "user_id", help="Only appointments of this user.")
@limit_option
@json_option
def list_appointments(user_id: str | None, limit: int, as_json: bool) -> None:
    """List the appointments that you can access, newest first."""
    with connect() as client:
        show_all(client.appointments(user_id), limit, as_json, APPOINTMENTS)


@appointments.command("create")
@click.argument("user_id")
@click.argument("title")
@json_option
def create_appointment(user_id: str, title: str, as_json: bool) -> None:
    """Create an appointment of a user and print its id."""
    with connect() as client:
        made = client.create_appointment(user_id, title)
    click.echo(json.dumps(asdict(made)) if as_json else made.id)


@appointments.command("delete")
@click.argument("appointment_id")
@yes_option
def delete_appointment(appointment_id: str, yes: bool) -> None:
    """Delete an appointment and its files."""
    confirm(yes, "Permanently delete this appointment and all its files?")
    with connect() as client:
        client.delete_appointment(appointment_id)


@click.command()
@json_option
def whoami(as_json: bool) -> None:
    """Show the account: subject, scopes and used quota."""
    with connect() as client:
        me = client.me()
    if as_json:
        click.echo(json.dumps(asdict(me)))
        return
    used = "-" if me.used_bytes is None else size_text(me.used_bytes)
    allowed = "no limit" if me.allowed_bytes is None else size_text(me.allowed_bytes)
    click.echo(f"{plain(me.subject or '(login is off)')}  {','.join(me.scopes)}  {used} of {allowed}")
