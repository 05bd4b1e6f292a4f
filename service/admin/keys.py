"""`longshore keys`: create, list and revoke API keys, with the service's environment."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from service.admin.context import deps
from service.domain.accounts.keys import create_key, list_keys, revoke_key
from service.limits import MAX_NAME_LENGTH
from service.values import KeyView
from service.values.access.caller import Scope


class Scopes(click.ParamType[frozenset[Scope]]):
    """Values of `Scope`, separated by commas."""

    name = "scopes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[Scope]:
        words = [word.strip() for word in str(value).split(",")]
        unknown = [word for word in words if word not in list(Scope)]
        if unknown:
            self.fail(f"{unknown[0]!r} is not one of {', '.join(Scope)}", param, ctx)
        return frozenset(map(Scope, words))


class Expiry(click.ParamType[datetime]):
    """An expiry: a date (its start in UTC), a time with its zone, or days or hours from now."""

    name = "expiry"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        text, now = str(value), datetime.now(UTC)
        span = re.fullmatch(r"([1-9][0-9]{0,4})([dh])", text)
        try:
            if span:
                return now + timedelta(hours=int(span[1]) * (24 if span[2] == "d" else 1))
            at = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is not 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z", param, ctx)
        at = at.replace(tzinfo=UTC) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else at
        if at.tzinfo is None:
            self.fail(f"{text!r} has no time zone; add Z for UTC", param, ctx)
        if at <= now:
            self.fail(f"{text!r} is in the past", param, ctx)
        return at.astimezone(UTC)


@click.group()
def keys() -> None:
    """Manage API keys. Needs the service's environment (DATABASE_URL and the other settings)."""


@keys.command()
@click.option("--name", required=True, help="Name of the key, for example the host or program that uses it.")
@click.option("--subject", required=True, help="Owner of the uploads and files, like the `sub` of a token.")
@click.option(
    "--scope", "scopes", type=Scopes(), required=True, help="upload, read, delete, grant, admin; separated by commas."
)
@click.option("--expires", type=Expiry(), help="Expiry: 90d, 12h, 2027-01-31 or 2027-01-31T12:00:00Z. Default: never.")
@click.option("--json", "as_json", is_flag=True, help="Print the key and its properties as JSON.")
def create(name: str, subject: str, scopes: frozenset[Scope], expires: datetime | None, as_json: bool) -> None:
    """Create a key and print it. It cannot be shown again."""
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise click.BadParameter(f"must have 1 to {MAX_NAME_LENGTH} characters", param_hint="--name")
    try:
        key, view = create_key(deps(), name, subject, scopes, expires)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--subject") from error
    if as_json:
        click.echo(json.dumps({"key": key} | _plain(view)))
        return
    end = f", until {_text(view.expires_at)}" if view.expires_at else ""
    click.echo(
        f"Key for {view.subject} ({', '.join(view.scopes)}){end}. Save it now, it cannot be shown again:", err=True
    )
    click.echo(key)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(as_json: bool) -> None:
    """List all keys without their secrets, oldest first."""
    found = list_keys(deps())
    if as_json:
        click.echo(json.dumps([_plain(view) for view in found]))
        return
    for view in found:
        scopes = ",".join(view.scopes)
        state = f"revoked {_day(view.revoked_at)}" if view.revoked_at else f"last used {_day(view.last_used_at)}"
        end = f"expires {_day(view.expires_at)}"
        click.echo(f"{view.prefix}  {scopes:<24}  {state:<30}  {end:<28}  {view.subject}  {view.name}")


@keys.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Revoke the key with this PREFIX (`lsk_PREFIX_…`). It takes effect everywhere within five seconds."""
    if not revoke_key(deps(), prefix.removeprefix("lsk_").partition("_")[0]):
        raise click.ClickException("no active key has this prefix; `longshore keys list` shows all keys")
    click.echo("revoked", err=True)


def _plain(view: KeyView) -> dict[str, Any]:
    return {name: _text(value) if isinstance(value, datetime) else value for name, value in asdict(view).items()}


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _day(at: datetime | None) -> str:
    return _text(at) if at else "never"
