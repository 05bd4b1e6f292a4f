"""Change the bucket names in rows, in batches, after the objects were copied to other buckets."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, update

from service.db.models import File, PendingDeletion
from service.db.queries import rows_met
from service.deps import Deps

BATCH = 1000


def relocate(deps: Deps, old: str, new: str) -> Iterator[int]:
    """Replace bucket `old` with `new` in every row; yields the number in each batch. Idempotent.

    Copies have new versions, so those of the old bucket are removed from the rows.
    """
    changes: dict[type[File] | type[PendingDeletion], dict[str, str | None]] = {
        File: {"bucket": new, "version_id": None},
        PendingDeletion: {"bucket": new},
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
