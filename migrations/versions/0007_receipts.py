"""Receipts: what each file was made of. Of files from before nobody knows it any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import PACKED

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("uploads", sa.Column("parts", PACKED, nullable=True))


def downgrade() -> None:
    op.drop_column("uploads", "parts")
