"""Files in the user's folders: written atomically, readable only by their owner."""

from __future__ import annotations

import os
from pathlib import Path

import click


def config_folder() -> Path:
    """Return the configuration folder: XDG_CONFIG_HOME/longshore, or the system's default."""
    named = os.environ.get("XDG_CONFIG_HOME")
    return Path(named) / "longshore" if named else Path(click.get_app_dir("longshore"))


def state_folder() -> Path:
    """Return the folder of the journal: XDG_STATE_HOME/longshore, else ~/.local/state/longshore."""
    named = os.environ.get("XDG_STATE_HOME")
    return (Path(named) if named else Path.home() / ".local" / "state") / "longshore"


def write_private(path: Path, text: str) -> None:
    """Replace a file's content atomically; the new content is on disk before the old one is gone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(path)
