"""Change the bucket names in rows, in batches, after the objects were copied to other buckets."""

from __future__ import annotations

from collections.abc import Iterator

from service.db.models import File, PendingDeletion
from service.db.statements.files.files import rename_bucket
from service.deps import Deps

BATCH = 1000


def relocate(deps: Deps, old: str, new: str) -> Iterator[int]:
    """Replace bucket `old` with `new` in every row; yields the number in each batch. Idempotent.

    Copies have new versions, so those of the old bucket are removed from the rows.
    """
    for model in (File, PendingDeletion):
        while True:
            with deps.db.write() as session:
                count = rename_bucket(session, model, old, new, BATCH)
            if count is None:
                break
            yield count
