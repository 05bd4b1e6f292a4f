"""Receipts: the parts of each file, unknown for earlier files. Webhooks: their pending deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import PACKED, Json, UTCDateTime, ascii_text, human_text

revision = "0007"
down_revision = "0006"

INDEXES = (["url", "due_at"], ["due_at"], ["state", "created_at"], ["created_at"])


def upgrade() -> None:
    op.add_column("uploads", sa.Column("parts", PACKED, nullable=True))
    op.create_table(
        "deliveries",
        sa.Column("id", ascii_text(36), nullable=False),
        sa.Column("event", ascii_text(32), nullable=False),
        sa.Column("url", ascii_text(500), nullable=False),
        sa.Column("file_id", ascii_text(36), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", human_text(500), nullable=True),
        sa.Column("last_attempt_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("owed_since", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    for columns in INDEXES:
        op.create_index(op.f(f"ix_deliveries_{'_'.join(columns)}"), "deliveries", columns)


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_column("uploads", "parts")
