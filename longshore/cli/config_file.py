"""Which service, and with which key: from the environment, else from the user's configuration file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from longshore.cli.places import config_folder, write_private
from longshore.client.http import Token, token_from

OTHERS_MAY_READ = 0o077


@dataclass(frozen=True, repr=False)
class Config:
    """url: the service; key: an API key or token for it, and for no other."""

    url: str | None = None
    key: str | None = None


def config_path() -> Path:
    return config_folder() / "config.json"


def load() -> Config:
    """The user's configuration; an empty one where there is none. Raises ClickException where it cannot be used."""
    path = config_path()
    try:
        found = json.loads(path.read_text())
        config = Config(found.get("url"), found.get("key"))
    except FileNotFoundError:
        return Config()
    except (ValueError, AttributeError) as error:
        raise click.ClickException(f"{path} is not readable ({error}); remove it and set it anew") from error
    if config.key and path.stat().st_mode & OTHERS_MAY_READ:
        raise click.ClickException(f"{path} holds a key and others may read it; chmod 600 it, or get a new key")
    return config


def save(config: Config) -> None:
    write_private(config_path(), json.dumps(asdict(config)) + "\n")


def chosen(environment: Mapping[str, str] = os.environ) -> tuple[str, Token]:
    """The service's URL and who calls. The environment comes first; a key from the file goes to the file's URL alone.

    Raises UsageError where no service is named.
    """
    config = load()
    url = environment.get("LONGSHORE_URL") or config.url
    if not url:
        raise click.UsageError("No service is named. Set LONGSHORE_URL, or `longshore config url https://…`.")
    token = token_from(environment)
    if token is None and config.key and config.url and url.rstrip("/") == config.url.rstrip("/"):
        token = config.key
    return url, token
