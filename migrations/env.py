"""Alembic's environment: our models, and the connection that `migrations.run` has opened."""

from __future__ import annotations

from alembic import context

from migrations import repeatable
from service.db.models import Base

repeatable.install()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot alter a table: Alembic copies it
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
