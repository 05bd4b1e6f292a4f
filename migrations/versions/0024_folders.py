"""Folders: a row each, to which files refer; an upload keeps the path of its future file's folder.

A version that does not know them records files in no folder, and deletes files without their folders: a later sweep
deletes those that are empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ID, SUBJECT, UTCDateTime, ascii_text, human_text

revision = "0024"
down_revision = "0023"

OF_FOLDERS = ((("parent_id", "name_digest"), True), (("parent_id", "name_key", "id"), False))
OF_FILES = tuple(("owner", "folder_id", key, "id") for key in ("created_at", "name_key", "size"))


def upgrade() -> None:
    op.create_table(
        "folders",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", SUBJECT, nullable=True),
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("name", human_text(255), nullable=False),
        sa.Column("name_digest", ascii_text(64), nullable=False),
        sa.Column("name_key", human_text(255), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folders")),
    )
    for columns, is_unique in OF_FOLDERS:
        op.create_index(op.f(f"ix_folders_{'_'.join(columns)}"), "folders", columns, unique=is_unique)
    op.add_column("uploads", sa.Column("path_name", human_text(1024), nullable=True))
    op.add_column("files", sa.Column("folder_id", ID, nullable=True))
    for columns in OF_FILES:
        op.create_index(op.f(f"ix_files_{'_'.join(columns)}"), "files", columns)


def downgrade() -> None:
    for columns in reversed(OF_FILES):
        op.drop_index(op.f(f"ix_files_{'_'.join(columns)}"), "files")
    op.drop_column("files", "folder_id")
    op.drop_column("uploads", "path_name")
    op.drop_table("folders")
