"""Plain names: `removals` becomes `pending_deletions`, `deliveries` becomes `webhook_deliveries`, with `pending_since`.

On MySQL and MariaDB, the old names stay as views that the version before reads and writes; drop them a release later. A
table's name and its view's change places in one statement, so no moment is without the old name. Only the view of
`deliveries` is broken between two statements, as no statement renames a column and changes a view. SQLite has no views
that can be written.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

from service.db.failures import REFUSED, meaning_of
from service.errors import DatabaseRefusedError

revision = "0012"
down_revision = "0011"

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "removals": ("pending_deletions", {}),
    "deliveries": ("webhook_deliveries", {"owed_since": "pending_since"}),
}
"""Each table's new name, and its columns' new names by their old ones."""
NO_VIEWS = (
    "The database's user may not create views, and the version that is still running needs them. Grant the user CREATE"
    " VIEW on the database (and SHOW VIEW, for backups), then migrate again. Until then nothing is renamed."
)


def upgrade() -> None:
    for before, (after, columns) in TABLES.items():
        if _on_sqlite():
            _rename(before, after)
        else:
            _change_places(before, after)
        # looked up before the change, so that nothing comes between it and the view that follows it
        shown = _as_before(_columns(after), columns)
        _rename_inside(after, before, after, columns)
        if columns and not _on_sqlite():
            _make_view(before, after, shown)


def downgrade() -> None:
    for before, (after, columns) in TABLES.items():
        if not _on_sqlite() and _is_table(after):
            op.execute(f"DROP VIEW IF EXISTS {before}")
        _rename(after, before)
        _rename_inside(before, after, before, {new: old for old, new in columns.items()})


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _is_table(name: str) -> bool:
    return name in sa.inspect(op.get_bind()).get_table_names()


def _columns(table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]


def _as_before(names: list[str], renamed: Mapping[str, str]) -> list[str]:
    """Return the columns of a view by their old names, before or after they are renamed."""
    old_names = {new: old for old, new in renamed.items()}
    return [f"{renamed.get(name, name)} AS {old_names.get(name, name)}" for name in names]


def _rename(before: str, after: str) -> None:
    if _is_table(before):
        op.rename_table(before, after)


def _change_places(before: str, after: str) -> None:
    """Rename the table and put a view in its place, in one statement."""
    if _is_table(before):
        columns = _columns(before)
        # a view can only be made of something that exists: the new name is a view until the table has it
        _make_view(after, before, columns)
        _make_view(f"{before}_view", after, columns)
        op.execute(f"RENAME TABLE {after} TO {after}_view, {before} TO {after}, {before}_view TO {before}")
    op.execute(f"DROP VIEW IF EXISTS {after}_view")


def _make_view(name: str, source: str, columns: list[str]) -> None:
    """Create or replace a view. Raises DatabaseRefusedError without the privilege to do so."""
    try:
        # with its caller's rights, so that it needs no user of the server that a backup came from
        op.execute(
            f"CREATE OR REPLACE SQL SECURITY INVOKER VIEW {name} AS SELECT {', '.join(columns)} FROM {source}"  # noqa: S608
        )
    except OperationalError as error:
        if meaning_of(error) is not REFUSED:
            raise
        raise DatabaseRefusedError(NO_VIEWS) from error


def _rename_inside(table: str, before: str, after: str, columns: Mapping[str, str]) -> None:
    """Rename columns, and the indexes that are named after the table; what is renamed already is left alone."""
    seen = sa.inspect(op.get_bind())
    changes = [f"RENAME COLUMN {old} TO {new}" for old, new in columns.items() if old in _columns(table)]
    for index in seen.get_indexes(table):
        old = str(index["name"])
        new = old.replace(f"ix_{before}_", f"ix_{after}_", 1)
        if old == new:
            continue
        if _on_sqlite():
            op.create_index(op.f(new), table, [str(column) for column in index["column_names"]])
            op.drop_index(op.f(old), table)
        else:
            changes.append(f"RENAME INDEX {old} TO {new}")
    # one statement on MySQL, so that nothing is renamed by half
    for change in changes if _on_sqlite() else filter(None, [", ".join(changes)]):
        op.execute(f"ALTER TABLE {table} {change}")
