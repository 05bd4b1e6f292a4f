"""Versioned buckets: which version of its object a file is. Of files from before it is not known, nor is it needed."""

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
