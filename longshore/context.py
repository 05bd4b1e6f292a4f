"""What a command that administers works with: the service's own environment, and its parts."""

from __future__ import annotations

from sqlalchemy.exc import ProgrammingError

from service.deps import Deps, build_deps
from service.errors import LongshoreError
from service.settings import Settings, SettingsError


def deps() -> Deps:
    """The service's parts; nothing is connected yet. Raises SettingsError."""
    return build_deps(Settings.from_env())


def failure(error: Exception) -> str | None:
    """What to say of a failure; None where it is a bug's."""
    if isinstance(error, LongshoreError | SettingsError):
        return str(error)
    if isinstance(error, ProgrammingError):
        return "the database has not the tables that this version needs; run `python -m jobs.prepare` first"
    return None
