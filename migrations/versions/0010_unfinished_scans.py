"""Count the scans whose process was killed, so that a file that kills every worker is not scanned for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("files", sa.Column("unfinished_scans", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("files", "unfinished_scans")
