"""Links to files; and the owner of a file that ended, in the audit log.

A version that does not know the table answers 404 to every link, and leaves the owner empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ID, SUBJECT, UTCDateTime, ascii_text

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("token_hash", ascii_text(64), nullable=True),
        sa.Column("digest", ascii_text(64), nullable=True),
        sa.Column("disposition", ascii_text(16), nullable=False),
        sa.Column("max_downloads", sa.Integer(), nullable=True),
        sa.Column("downloads", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", ascii_text(64), nullable=True),
        sa.Column("created_by", SUBJECT, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("removed_at", UTCDateTime(), nullable=True),
        sa.Column("kept_until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", "file_id", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_token_hash"), "links", ["token_hash"], unique=True)
    op.create_index(op.f("ix_links_file_id_created_at_id"), "links", ["file_id", "created_at", "id"])
    op.create_index(op.f("ix_links_created_by"), "links", ["created_by"])
    op.create_index(op.f("ix_links_kept_until"), "links", ["kept_until"])
    op.add_column("audits", sa.Column("owner", SUBJECT, nullable=True))


def downgrade() -> None:
    op.drop_column("audits", "owner")
    op.drop_index(op.f("ix_links_kept_until"), "links")
    op.drop_index(op.f("ix_links_created_by"), "links")
    op.drop_index(op.f("ix_links_file_id_created_at_id"), "links")
    op.drop_index(op.f("ix_links_token_hash"), "links")
    op.drop_table("links")
