"""Versioned buckets: the version of each file's object. Earlier files have none and need none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ascii_text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("files", sa.Column("version_id", ascii_text(1024), nullable=True))


def downgrade() -> None:
    op.drop_column("files", "version_id")
