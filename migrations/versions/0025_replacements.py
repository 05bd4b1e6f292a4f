"""Replacements: the file that an upload, and then its file, is to replace.

Versions that do not know them complete such uploads without a replacement: both files stay.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ID, Json

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("uploads", sa.Column("replaces", ID, nullable=True))
    op.add_column("uploads", sa.Column("replacer", Json, nullable=True))
    op.add_column("files", sa.Column("replaces", ID, nullable=True))
    op.create_index(op.f("ix_files_replaces"), "files", ["replaces"])


def downgrade() -> None:
    op.drop_index(op.f("ix_files_replaces"), "files")
    op.drop_column("files", "replaces")
    op.drop_column("uploads", "replacer")
    op.drop_column("uploads", "replaces")
