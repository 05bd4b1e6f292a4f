"""Subjects with their bytes and API keys."""

from __future__ import annotations

import base64
import binascii

from service.db.sort_names import name_key
from service.db.statements.operators.subjects import bytes_of, keys_of, names_after
from service.deps import Deps
from service.domain.accounts.keys import view_of_key
from service.errors import InvalidBodyError
from service.values import Page
from service.values.operators.usage import SubjectView

WINDOW = 5_000
"""Subjects that one search examines, in some tenths of a second."""


def list_subjects(deps: Deps, search: str | None, limit: int, cursor: str | None) -> Page[SubjectView]:
    """Return a page of the subjects that have a counter of bytes or a key, by name.

    search: words that must occur in the name; a page may then have fewer than `limit`, also none, before the last one.
    Raises InvalidBodyError for an invalid cursor.
    """
    words = name_key(search or "").split()
    window = WINDOW if words else limit
    with deps.db.read() as session:
        seen = names_after(session, _read(cursor) if cursor else "", window + 1)
        found = [name for name in seen[:window] if all(word in name_key(name) for word in words)]
        names = found[:limit]
        sizes, keys = bytes_of(session, names), keys_of(session, names)
        views = [
            SubjectView(
                name,
                sizes.get(name, 0),
                deps.settings.quota or None,
                [view_of_key(k) for k in keys if k.subject == name],
            )
            for name in names
        ]
    if len(found) > limit:
        return Page(views, _cursor(names[-1]))
    return Page(views, _cursor(seen[window - 1]) if len(seen) > window else None)


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidBodyError(errors=["[cursor] is not valid; use next_cursor of the page before"]) from error
