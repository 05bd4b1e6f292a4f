"""An index of files by verdict: a list of those with one verdict reads no others."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
INDEX = "ix_files_virus_scan_status_created_at_id"


def upgrade() -> None:
    op.create_index(op.f(INDEX), "files", ["virus_scan_status", "created_at", "id"])


def downgrade() -> None:
    op.drop_index(op.f(INDEX), "files")
