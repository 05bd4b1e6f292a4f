"""`longshore config`: store the service's URL and the key in the user's configuration."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

import click

from longshore.cli.config.file import Config, config_path, load, save
from longshore.cli.help import Group
from longshore.cli.terminal.standard_input import first_line
from longshore.client.network.backoff import RetryPolicy
from longshore.client.network.connections import ConnectionPools
from longshore.client.network.http import Http


@click.group(cls=Group)
def config() -> None:
    """Configure the service's URL and the API key.

    LONGSHORE_URL, LONGSHORE_TOKEN and LONGSHORE_TOKEN_FILE take precedence over this configuration.
    """


@config.command()
@click.argument("address")
def url(address: str) -> None:
    """Use the service at ADDRESS (https://…). Deletes the stored key of another service."""
    try:
        Http(address, None, ConnectionPools(1), RetryPolicy())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ADDRESS") from error
    before = load()
    save(before if before.url == address else Config(address))


@config.command()
def key() -> None:
    """Store an API key or token: prompts on a terminal, else reads the first line of standard input."""
    before = load()
    if before.url is None:
        raise click.UsageError("No service is configured for this key. Run `longshore config url https://…` first.")
    given = click.prompt("Key", hide_input=True) if sys.stdin.isatty() else first_line(sys.stdin.fileno())
    if not given.strip():
        raise click.UsageError("The key is empty. Enter an API key or a token.")
    save(replace(before, key=given.strip()))


@config.command("forget-key")
def forget_key() -> None:
    """Delete the stored key."""
    save(replace(load(), key=None))


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(as_json: bool) -> None:
    """Show the URL in use and the source of the key, never the key itself."""
    kept, named = load(), os.environ.get("LONGSHORE_URL")
    where = next((name for name in ("LONGSHORE_TOKEN", "LONGSHORE_TOKEN_FILE") if os.environ.get(name)), None)
    where = where or (str(config_path()) if kept.key else None)
    shown = {"url": named or kept.url, "key": f"from {where}" if where else None, "file": str(config_path())}
    if as_json:
        click.echo(json.dumps(shown))
        return
    for name, text in shown.items():
        click.echo(f"{name:<6}{text or '-'}")
