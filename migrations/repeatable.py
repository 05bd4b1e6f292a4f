"""Make Alembic's operations repeatable: create only what does not exist, drop only what does.

MySQL and MariaDB commit each change of a table separately. A migration that was killed between two changes, or whose
connection was lost while the server finished the change, starts again at its first step, which must not fail then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.operations import BatchOperations, Operations, ops, toimpl
from sqlalchemy import Inspector, inspect

Done = Callable[[Inspector, Any], bool]


def _has_column(seen: Inspector, table: str, name: str) -> bool:
    return seen.has_table(table) and name in {column["name"] for column in seen.get_columns(table)}


def _has_index(seen: Inspector, table: str, name: str) -> bool:
    return seen.has_table(table) and name in {index["name"] for index in seen.get_indexes(table)}


STEPS: dict[Any, tuple[Callable[[Operations, Any], Any], Done]] = {
    ops.CreateTableOp: (toimpl.create_table, lambda seen, step: seen.has_table(step.table_name)),
    ops.DropTableOp: (toimpl.drop_table, lambda seen, step: not seen.has_table(step.table_name)),
    ops.AddColumnOp: (toimpl.add_column, lambda seen, step: _has_column(seen, step.table_name, step.column.name)),
    ops.DropColumnOp: (
        toimpl.drop_column,
        lambda seen, step: not _has_column(seen, step.table_name, step.column_name),
    ),
    ops.CreateIndexOp: (toimpl.create_index, lambda seen, step: _has_index(seen, step.table_name, step.index_name)),
    ops.DropIndexOp: (toimpl.drop_index, lambda seen, step: not _has_index(seen, step.table_name, step.index_name)),
}
"""The operations: each with its implementation, and whether a database already has its result."""


def install() -> None:
    """Replace Alembic's operations by these, for all revisions, also future ones."""
    for kind, (make, is_done) in STEPS.items():
        Operations.implementation_for(kind, replace=True)(_once(make, is_done))


def _once(make: Callable[[Operations, Any], Any], is_done: Done) -> Callable[[Operations, Any], Any]:
    def step(operations: Any, operation: Any) -> Any:
        # a batch is SQLite's copy of a table, which is atomic
        if isinstance(operations, BatchOperations) or not is_done(inspect(operations.get_bind()), operation):
            return make(operations, operation)
        if isinstance(operation, ops.CreateTableOp):
            return operation.to_table(operations.migration_context)
        return None

    return step
