"""The service's settings and dependencies, for administrative commands."""

from __future__ import annotations

import click

from service.db.failures import ProgrammingError
from service.deps import Deps, build_deps
from service.errors import ServiceError
from service.settings import Settings, SettingsError


def deps() -> Deps:
    """Return the service's dependencies, disconnected when the command ends. Raises SettingsError."""
    made = build_deps(Settings.from_env())
    click.get_current_context().call_on_close(made.disconnect)
    return made


def failure(error: Exception) -> str | None:
    """Return the message of an expected failure; None for a bug."""
    if isinstance(error, ServiceError | SettingsError):
        # one line: the command line replaces line breaks, which foreign texts may contain
        return "; ".join(str(error).splitlines())
    if isinstance(error, ProgrammingError):
        return "the database lacks tables that this version needs; run `python -m jobs.prepare` first"
    return None
