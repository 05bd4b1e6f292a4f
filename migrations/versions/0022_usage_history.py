"""The history of usage: the bytes of each day, by state or verdict and of the largest subjects. Keys by subject."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import SUBJECT, ascii_text

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "usage_history",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", ascii_text(8), nullable=False),
        sa.Column("name", SUBJECT, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "name", name=op.f("pk_usage_history")),
    )
    op.create_index(op.f("ix_usage_history_name_kind"), "usage_history", ["name", "kind"])
    op.create_index(op.f("ix_api_keys_subject"), "api_keys", ["subject"])


def downgrade() -> None:
    op.drop_index(op.f("ix_api_keys_subject"), "api_keys")
    op.drop_table("usage_history")
