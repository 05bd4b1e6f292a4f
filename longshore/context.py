"""What a command that administers works with: the service's own environment, and its parts."""

from __future__ import annotations

from service.deps import Deps, build_deps
from service.settings import Settings


def deps() -> Deps:
    """The service's parts; nothing is connected yet. Raises SettingsError."""
    return build_deps(Settings.from_env())
