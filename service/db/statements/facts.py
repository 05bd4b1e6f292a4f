"""Statements about values that sweepers keep, by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.db.models import Fact
from service.db.statements.execution import insert_once, rows_met


def facts_of_names(session: Session, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the existing facts of these names, by name."""
    return {fact.name: fact.value for fact in session.scalars(select(Fact).where(Fact.name.in_(names)))}


def write_fact(session: Session, name: str, value: Mapping[str, Any]) -> None:
    """Write a fact, whatever it was."""
    changed = update(Fact).where(Fact.name == name).values(value=dict(value))
    if rows_met(session, changed) == 0:
        insert_once(session, Fact, name=name, value=dict(value))
