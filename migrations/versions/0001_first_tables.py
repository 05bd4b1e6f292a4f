"""The first tables: users, appointments, uploads, files, removals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import Json, RowNumber, UTCDateTime, ascii_text, human_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "removals",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("kind", ascii_text(20), nullable=False),
        sa.Column("bucket", ascii_text(63), nullable=False),
        sa.Column("object_key", ascii_text(255), nullable=False),
        sa.Column("storage_upload_id", ascii_text(1024), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", human_text(500), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removals")),
    )
    op.create_index(op.f("ix_removals_due_at"), "removals", ["due_at"])
    op.create_index(op.f("ix_removals_object_key"), "removals", ["object_key"])

    op.create_table(
        "uploads",
        sa.Column("id", ascii_text(36), nullable=False),
        sa.Column("file_id", ascii_text(36), nullable=False),
        sa.Column("object_key", ascii_text(255), nullable=False),
        sa.Column("storage_upload_id", ascii_text(1024), nullable=True),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("filename", human_text(255), nullable=True),
        sa.Column("content_type", ascii_text(255), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("chunk_size", sa.BigInteger(), nullable=False),
        sa.Column("checksum_algorithm", ascii_text(16), nullable=True),
        sa.Column("completion", Json, nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("failure_reason", human_text(500), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("file_id", name=op.f("uq_uploads_file_id")),
    )
    op.create_index(op.f("ix_uploads_state_expires_at"), "uploads", ["state", "expires_at"])

    op.create_table(
        "users",
        sa.Column("id", ascii_text(36), nullable=False),
        sa.Column("name", human_text(255), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(op.f("ix_users_created_at_id"), "users", ["created_at", "id"])

    op.create_table(
        "appointments",
        sa.Column("id", ascii_text(36), nullable=False),
        sa.Column("user_id", ascii_text(36), nullable=False),
        sa.Column("title", human_text(255), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_appointments_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
    )
    op.create_index(op.f("ix_appointments_created_at_id"), "appointments", ["created_at", "id"])
    op.create_index(op.f("ix_appointments_user_id_created_at_id"), "appointments", ["user_id", "created_at", "id"])

    op.create_table(
        "files",
        sa.Column("id", ascii_text(36), nullable=False),
        sa.Column("upload_id", ascii_text(36), nullable=False),
        sa.Column("bucket", ascii_text(63), nullable=False),
        sa.Column("object_key", ascii_text(255), nullable=False),
        sa.Column("filename", human_text(255), nullable=False),
        sa.Column("file_extension", human_text(32), nullable=True),
        sa.Column("content_type", ascii_text(255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("total_chunks", sa.Integer(), nullable=False),
        sa.Column("etag", ascii_text(255), nullable=False),
        sa.Column("checksum", ascii_text(128), nullable=True),
        sa.Column("detail", Json, nullable=True),
        sa.Column("credential_hash", ascii_text(64), nullable=True),
        sa.Column("appointment_id", ascii_text(36), nullable=True),
        sa.Column("user_id", ascii_text(36), nullable=True),
        sa.Column("virus_scan_status", ascii_text(16), nullable=False),
        sa.Column("virus_scan_result", human_text(500), nullable=True),
        sa.Column("virus_scan_date", UTCDateTime(), nullable=True),
        sa.Column("quarantine_reason", human_text(500), nullable=True),
        sa.Column("scan_token", ascii_text(36), nullable=True),
        sa.Column("scan_attempts", sa.Integer(), nullable=False),
        sa.Column("scan_due_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_files_appointment_id")),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_files_upload_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_files_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_files_upload_id")),
    )
    op.create_index(op.f("ix_files_appointment_id_created_at_id"), "files", ["appointment_id", "created_at", "id"])
    op.create_index(op.f("ix_files_created_at_id"), "files", ["created_at", "id"])
    op.create_index(op.f("ix_files_scan_due_at"), "files", ["scan_due_at"])
    op.create_index(op.f("ix_files_user_id_created_at_id"), "files", ["user_id", "created_at", "id"])


def downgrade() -> None:
    for table in ("files", "appointments", "users", "uploads", "removals"):
        op.drop_table(table)
