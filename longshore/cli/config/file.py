"""The service's URL and key, from the environment or the user's configuration file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from longshore.cli.config.places import config_folder, write_private
from longshore.client.network.http import Token, token_from

OTHERS_MAY_READ = 0o077


@dataclass(frozen=True, repr=False)
class Config:
    """url: the service; key: an API key or token for it, and for no other."""

    url: str | None = None
    key: str | None = None


def config_path() -> Path:
    return config_folder() / "config.json"


def load() -> Config:
    """Return the user's configuration, empty without a file. Raises ClickException if it is unusable."""
    path = config_path()
    try:
        found = json.loads(path.read_text())
        config = Config(found.get("url"), found.get("key"))
    except FileNotFoundError:
        return Config()
    except (ValueError, AttributeError) as error:
        raise click.ClickException(
            f"{path} is not readable ({error}). Delete it, then run `longshore config url` again."
        ) from error
    if config.key and path.stat().st_mode & OTHERS_MAY_READ:
        raise click.ClickException(
            f"{path} contains a key and other users can read it. Run `chmod 600` on it and replace the key."
        )
    return config


def save(config: Config) -> None:
    write_private(config_path(), json.dumps(asdict(config)) + "\n")


def chosen(environment: Mapping[str, str] = os.environ) -> tuple[str, Token]:
    """Return the service's URL and the token. The environment takes precedence.

    A key from the file is only sent to the file's URL. Raises UsageError if no service is configured.
    """
    config = load()
    url = environment.get("LONGSHORE_URL") or config.url
    if not url:
        raise click.UsageError("No service is configured. Set LONGSHORE_URL, or run `longshore config url https://…`.")
    token = token_from(environment)
    if token is None and config.key and config.url and url.rstrip("/") == config.url.rstrip("/"):
        token = config.key
    return url, token
