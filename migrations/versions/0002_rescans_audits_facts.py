"""Rescans (which signatures judged a file, how often it is downloaded), audits, and the sweepers' memory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import Json, RowNumber, UTCDateTime, ascii_text, human_text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("files", sa.Column("scan_generation", sa.Integer(), nullable=True))
    op.add_column("files", sa.Column("scanned_with", human_text(255), nullable=True))
    op.add_column("files", sa.Column("downloads", sa.BigInteger(), nullable=False, server_default="0"))
    # their signatures are unknown: they are scanned again first
    op.execute("UPDATE files SET scan_generation = 0 WHERE virus_scan_status IN ('clean', 'disabled')")
    op.create_index(op.f("ix_files_scan_generation_created_at"), "files", ["scan_generation", "created_at"])
    op.create_index(op.f("ix_files_scan_generation_downloads"), "files", ["scan_generation", "downloads"])

    op.create_table(
        "audits",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", ascii_text(64), nullable=False),
        sa.Column("action", ascii_text(32), nullable=False),
        sa.Column("file_id", ascii_text(36), nullable=False),
        sa.Column("reason", human_text(500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audits")),
    )
    op.create_index(op.f("ix_audits_at"), "audits", ["at"])
    op.create_index(op.f("ix_audits_file_id_at"), "audits", ["file_id", "at"])

    op.create_table(
        "facts",
        sa.Column("name", ascii_text(64), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    # exists from the start, so that a process that counts up can lock it
    facts = sa.table("facts", sa.column("name"), sa.column("value", Json))
    if not op.get_bind().execute(sa.select(facts.c.name).where(facts.c.name == "scan_generations")).first():
        op.bulk_insert(facts, [{"name": "scan_generations", "value": {}}])


def downgrade() -> None:
    op.drop_table("facts")
    op.drop_table("audits")
    op.drop_index(op.f("ix_files_scan_generation_downloads"), "files")
    op.drop_index(op.f("ix_files_scan_generation_created_at"), "files")
    for column in ("downloads", "scanned_with", "scan_generation"):
        op.drop_column("files", column)
