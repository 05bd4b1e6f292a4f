"""What a command that administers works with: the service's own environment, and its parts."""

from __future__ import annotations

import click
from sqlalchemy.exc import ProgrammingError

from service.deps import Deps, build_deps
from service.errors import LongshoreError
from service.settings import Settings, SettingsError


def deps() -> Deps:
    """The service's parts, connected at first use and disconnected when the command ends. Raises SettingsError."""
    made = build_deps(Settings.from_env())
    click.get_current_context().call_on_close(made.disconnect)
    return made


def failure(error: Exception) -> str | None:
    """What to say of a failure; None where it is a bug's."""
    if isinstance(error, LongshoreError | SettingsError):
        return str(error)
    if isinstance(error, ProgrammingError):
        return "the database has not the tables that this version needs; run `python -m jobs.prepare` first"
    return None
