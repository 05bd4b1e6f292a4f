"""Indexed keys of `detail`: a row per file and key, with indexes for lists of one value, newest first.

Rows of a deleted file are deleted by the database, also when a version that does not know the table deletes it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ID, SUBJECT, UTCDateTime, ascii_text

revision = "0018"
down_revision = "0017"

TABLE = "file_details"
INDEXES = (("owner", "digest", "created_at", "file_id"), ("digest", "created_at", "file_id"))


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("file_id", ID, nullable=False),
        sa.Column("name", ascii_text(64), nullable=False),
        sa.Column("digest", ascii_text(64), nullable=False),
        sa.Column("owner", SUBJECT, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "name", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f(f"fk_{TABLE}_file_id_files"), ondelete="CASCADE"),
    )
    for columns in INDEXES:
        op.create_index(op.f(f"ix_{TABLE}_{'_'.join(columns)}"), TABLE, columns)


def downgrade() -> None:
    op.drop_table(TABLE)
