"""Operators' decisions: who released or blocked a file, decisions about many files, and the allow-list.

Versions that do not know the verdict `released` answer requests for such a file with an error: release files only after
the upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ID, SUBJECT, ExternalText, Json, UTCDateTime, ascii_text, human_text

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("files", sa.Column("decided_by", SUBJECT, nullable=True))
    op.add_column("files", sa.Column("decided_at", UTCDateTime(), nullable=True))
    op.add_column("files", sa.Column("decision_reason", ExternalText(500), nullable=True))
    op.add_column("files", sa.Column("allowlist_id", ID, nullable=True))
    op.create_index(op.f("ix_files_allowlist_id"), "files", ["allowlist_id"])
    op.create_table(
        "decisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("action", ascii_text(16), nullable=False),
        sa.Column("reason", ExternalText(500), nullable=True),
        sa.Column("file_ids", Json, nullable=True),
        sa.Column("filter", Json, nullable=True),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("is_exact", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("problem", ExternalText(500), nullable=True),
        sa.Column("position", ascii_text(2000), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", ID, nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("created_by", SUBJECT, nullable=False),
        sa.Column("key_prefix", ascii_text(16), nullable=True),
        sa.Column("address", ascii_text(45), nullable=True),
        sa.Column("approved_by", SUBJECT, nullable=True),
        sa.Column("approved_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_due_at"), "decisions", ["due_at"])
    op.create_index(op.f("ix_decisions_created_at_id"), "decisions", ["created_at", "id"])
    op.create_table(
        "allowlist",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", ascii_text(16), nullable=False),
        sa.Column("value", human_text(255), nullable=False),
        sa.Column("reason", ExternalText(500), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_by", SUBJECT, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("approved_by", SUBJECT, nullable=True),
        sa.Column("approved_at", UTCDateTime(), nullable=True),
        sa.Column("ends_at", UTCDateTime(), nullable=True),
        sa.Column("removed_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowlist")),
    )
    op.create_index(op.f("ix_allowlist_kind_value"), "allowlist", ["kind", "value"])
    op.create_index(op.f("ix_allowlist_created_at_id"), "allowlist", ["created_at", "id"])


def downgrade() -> None:
    op.drop_table("allowlist")
    op.drop_table("decisions")
    op.drop_index(op.f("ix_files_allowlist_id"), "files")
    # the older version has no word for these: it scans them again
    op.execute(
        "UPDATE files SET virus_scan_status = 'pending', scan_due_at = created_at WHERE virus_scan_status = 'released'"
    )
    for name in ("allowlist_id", "decision_reason", "decided_at", "decided_by"):
        op.drop_column("files", name)
