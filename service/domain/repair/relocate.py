"""After the objects were copied into buckets of other names: the rows follow them, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, update

from service.db.models import File, Removal
from service.db.queries import rows_met
from service.deps import Deps

BATCH = 1000


def relocate(deps: Deps, old: str, new: str) -> Iterator[int]:
    """Let every row that names bucket `old` name `new`; says how many each batch were. Done twice is done once.

    Copies have versions of their own, so that those of the old bucket are forgotten.
    """
    changes: dict[type[File] | type[Removal], dict[str, str | None]] = {
        File: {"bucket": new, "version_id": None},
        Removal: {"bucket": new},
    }
    for model, values in changes.items():
        while True:
            with deps.db.write() as session:
                ids = session.scalars(select(model.id).where(model.bucket == old).limit(BATCH)).all()
                moved = update(model).where(model.id.in_(ids), model.bucket == old).values(**values)
                count = rows_met(session, moved) if ids else 0
            if not ids:
                break
            yield count
