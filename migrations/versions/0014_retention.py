"""Retention: when a file is deleted, and whether a legal hold prevents every deletion.

A version that does not know the columns deletes files with a hold, and no expired ones: set holds only after the
upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import UTCDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("files", sa.Column("expires_at", UTCDateTime(), nullable=True))
    op.add_column("files", sa.Column("legal_hold", sa.Boolean(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_files_legal_hold_expires_at"), "files", ["legal_hold", "expires_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_files_legal_hold_expires_at"), "files")
    op.drop_column("files", "legal_hold")
    op.drop_column("files", "expires_at")
