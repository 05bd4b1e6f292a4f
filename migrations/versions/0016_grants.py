"""Grants: what a browser may upload with one, and by how many uploads it is used; uploads and files have its id.

A version that does not know the table refuses the token of a grant, and keys with scope `grant`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ID, PACKED, SUBJECT, Json, UTCDateTime, ascii_text

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject", SUBJECT, nullable=False),
        sa.Column("policy", ascii_text(64), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("max_size", sa.BigInteger(), nullable=True),
        sa.Column("content_types", Json, nullable=True),
        sa.Column("detail", Json, nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("appointment_id", ID, nullable=True),
        sa.Column("sealed", PACKED, nullable=True),
        sa.Column("digest", ascii_text(64), nullable=True),
        sa.Column("created_by", SUBJECT, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_expires_at"), "grants", ["expires_at"])
    op.add_column("uploads", sa.Column("grant_id", ID, nullable=True))
    op.add_column("files", sa.Column("grant_id", ID, nullable=True))


def downgrade() -> None:
    op.drop_column("files", "grant_id")
    op.drop_column("uploads", "grant_id")
    op.drop_index(op.f("ix_grants_expires_at"), "grants")
    op.drop_table("grants")
