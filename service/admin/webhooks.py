"""`longshore webhooks`: list deliveries, replay them, and send a test."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from service.admin.context import deps
from service.domain.webhooks.deliveries import find_delivery, list_deliveries, ping, replay
from service.domain.webhooks.events import send_soon
from service.values import DeliveryView


@click.group()
def webhooks() -> None:
    """Manage webhook deliveries. Needs the service's environment (DATABASE_URL and the other settings)."""


@webhooks.command("list")
@click.option("--failed", is_flag=True, help="Only failed deliveries.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_all(failed: bool, as_json: bool) -> None:
    """List the latest deliveries, newest first, at most a thousand."""
    found = list_deliveries(deps(), failed=failed)
    if as_json:
        click.echo(json.dumps([_plain(view) for view in found]))
        return
    for view in found:
        click.echo(_line(view))


@webhooks.command()
@click.argument("delivery_id")
def show(delivery_id: str) -> None:
    """Show one delivery with its payload as JSON."""
    view = find_delivery(deps(), delivery_id)
    if view is None:
        raise click.ClickException("no delivery has this id; deliveries are deleted after 30 days")
    click.echo(json.dumps(_plain(view), indent=2, ensure_ascii=False))


@webhooks.command("replay")
@click.argument("delivery_ids", nargs=-1)
@click.option("--failed", is_flag=True, help="All failed deliveries.")
def replay_some(delivery_ids: tuple[str, ...], failed: bool) -> None:
    """Send deliveries again with the same ids, whether they succeeded or failed."""
    if failed is bool(delivery_ids):
        raise click.UsageError("give either DELIVERY_ID… or --failed")
    parts = deps()
    count = replay(parts, None if failed else delivery_ids)
    send_soon(parts)
    click.echo(f"{count} queued again", err=True)
    if count < len(set(delivery_ids)):
        raise click.ClickException("some of these deliveries do not exist; deliveries are deleted after 30 days")


@webhooks.command()
def test() -> None:
    """Send a `ping` to every webhook now, from this machine. Exit code 1 if one does not accept it."""
    parts = deps()
    if not parts.settings.webhooks:
        raise click.ClickException("no webhooks are configured; set WEBHOOKS")
    sent = ping(parts)
    for view in sent:
        click.echo(_line(view))
    if any(view.state != "delivered" for view in sent):
        raise click.ClickException("not every webhook accepted the ping; the worker tries again")


def _line(view: DeliveryView) -> str:
    outcome = view.last_error or view.last_status or "not sent yet"
    return f"{view.id}  {_text(view.created_at)}  {view.event:<16}  {view.state:<9}  {view.url}  {outcome}"


def _plain(view: DeliveryView) -> dict[str, Any]:
    return {name: _text(value) if isinstance(value, datetime) else value for name, value in asdict(view).items()}


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
