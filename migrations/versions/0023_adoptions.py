"""Adopted objects: files whose objects lie under foreign keys, and the adoptions that registered them.

Versions that do not know adopted objects look for them under a key that storage does not have: they serve none of them,
and delete none. Adopt objects only after the upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ID, SUBJECT, ExternalText, Json, UTCDateTime, ascii_text, human_text

revision = "0023"
down_revision = "0022"

PENDING = (("adopted_key", human_text(1024)), ("etag", ascii_text(255)), ("version_id", ascii_text(1024)))


def upgrade() -> None:
    op.add_column("files", sa.Column("adopted_key", human_text(1024), nullable=True))
    op.add_column("uploads", sa.Column("adoption_id", ID, nullable=True))
    for name, kind in PENDING:
        op.add_column("pending_deletions", sa.Column(name, kind, nullable=True))
    op.create_table(
        "adoptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("bucket", ascii_text(63), nullable=False),
        sa.Column("prefix", human_text(1024), nullable=False),
        sa.Column("owner", SUBJECT, nullable=True),
        sa.Column("policy", ascii_text(64), nullable=True),
        sa.Column("follow", sa.Boolean(), nullable=False),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("adopted", sa.Integer(), nullable=False),
        sa.Column("renewed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("problem", ExternalText(500), nullable=True),
        sa.Column("position", human_text(1024), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", ID, nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("created_by", SUBJECT, nullable=False),
        sa.Column("key_prefix", ascii_text(16), nullable=True),
        sa.Column("address", ascii_text(45), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoptions")),
    )
    op.create_index(op.f("ix_adoptions_due_at"), "adoptions", ["due_at"])
    op.create_index(op.f("ix_adoptions_bucket_state"), "adoptions", ["bucket", "state"])
    op.create_index(op.f("ix_adoptions_created_at_id"), "adoptions", ["created_at", "id"])


def downgrade() -> None:
    op.drop_table("adoptions")
    # the older version would delete by keys that are none: an adopted object stays
    op.execute("DELETE FROM pending_deletions WHERE adopted_key IS NOT NULL")
    for name, _ in reversed(PENDING):
        op.drop_column("pending_deletions", name)
    op.drop_column("uploads", "adoption_id")
    op.drop_column("files", "adopted_key")
