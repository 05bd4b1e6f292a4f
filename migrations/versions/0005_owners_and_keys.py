"""Login: owners of rows, API keys, and the bytes of each subject.

Earlier rows have no owner, as there was no login: they are visible to `admin`, and to all callers while
login is off. A guess from users.id could give a user's files to another person with that name at the identity provider.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import UTCDateTime, ascii_text, human_text

revision = "0005"
down_revision = "0004"

OWNED = ("uploads", "files", "users", "appointments")
LISTED = ("files", "users", "appointments")
SORTED = ("name_key", "size")


def upgrade() -> None:
    for table in OWNED:
        op.add_column(table, sa.Column("owner", human_text(255), nullable=True))
    for table in LISTED:
        op.create_index(op.f(f"ix_{table}_owner_created_at_id"), table, ["owner", "created_at", "id"])

    for key in SORTED:
        op.create_index(op.f(f"ix_files_owner_{key}_id"), "files", ["owner", key, "id"])

    # uploads without an owner count for no quota
    op.add_column("uploads", sa.Column("reserved", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_uploads_owner_state_reserved"), "uploads", ["owner", "state", "reserved"])
    op.create_table(
        "usages",
        sa.Column("subject", human_text(255), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_usages")),
    )

    op.create_table(
        "api_keys",
        sa.Column("prefix", ascii_text(16), nullable=False),
        sa.Column("secret_hash", ascii_text(64), nullable=False),
        sa.Column("name", human_text(255), nullable=False),
        sa.Column("subject", human_text(255), nullable=False),
        sa.Column("scopes", ascii_text(64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_api_keys")),
    )


def downgrade() -> None:
    op.drop_table("api_keys")
    op.drop_table("usages")
    op.drop_index(op.f("ix_uploads_owner_state_reserved"), "uploads")
    op.drop_column("uploads", "reserved")
    for key in SORTED:
        op.drop_index(op.f(f"ix_files_owner_{key}_id"), "files")
    for table in LISTED:
        op.drop_index(op.f(f"ix_{table}_owner_created_at_id"), table)
    for table in OWNED:
        op.drop_column(table, "owner")
