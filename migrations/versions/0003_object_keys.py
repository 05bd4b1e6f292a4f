"""Indexes by which the sweeper finds the rows of the keys that storage lists."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(op.f("ix_uploads_object_key"), "uploads", ["object_key"])
    op.create_index(op.f("ix_files_object_key"), "files", ["object_key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_files_object_key"), "files")
    op.drop_index(op.f("ix_uploads_object_key"), "uploads")
