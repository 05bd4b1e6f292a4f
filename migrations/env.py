"""Alembic's environment: our models, our engine."""

from __future__ import annotations

import os

from alembic import context

from service.db.models import Base
from service.db.session import make_engine

url = context.config.attributes.get("database_url") or os.environ["DATABASE_URL"]
engine = make_engine(url)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter a table: Alembic copies it
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
