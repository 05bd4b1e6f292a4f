"""The revision of the database, and the one that this code needs. A newer one is fine, as upgrades migrate first."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


@cache
def needed() -> str:
    """Return the newest revision of this code; they are numbered (`0003`), so that text order is their order."""
    return max((file.name.split("_", 1)[0] for file in VERSIONS.glob("[0-9]*_*.py")), default="")


def applied(session: Session) -> str:
    """Return the database's revision; empty if it was never migrated."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return ""
    return str(session.scalar(text("SELECT version_num FROM alembic_version")) or "")
