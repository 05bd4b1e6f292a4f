"""Statements about values that sweepers keep, by name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.models import Fact


def facts_of_names(session: Session, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the existing facts of these names, by name."""
    return {fact.name: fact.value for fact in session.scalars(select(Fact).where(Fact.name.in_(names)))}
