"""The audit log: from where something was done, what it changed, and a chain of seals.

Versions that do not know the columns write entries without them; the sweeper seals all entries, also older ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ID, PACKED, ascii_text

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("audits", sa.Column("key_prefix", ascii_text(16), nullable=True))
    op.add_column("audits", sa.Column("address", ascii_text(45), nullable=True))
    op.add_column("audits", sa.Column("request_id", ascii_text(64), nullable=True))
    op.add_column("audits", sa.Column("changes", PACKED, nullable=True))
    op.add_column("audits", sa.Column("changes_digest", ascii_text(64), nullable=True))
    op.add_column("audits", sa.Column("sequence", sa.BigInteger(), nullable=True))
    op.add_column("audits", sa.Column("seal", ascii_text(64), nullable=True))
    with op.batch_alter_table("audits") as table:
        table.alter_column("file_id", existing_type=ID, nullable=True)
    op.create_index(op.f("ix_audits_actor_at"), "audits", ["actor", "at"])
    op.create_index(op.f("ix_audits_action_at"), "audits", ["action", "at"])
    op.create_index(op.f("ix_audits_sequence"), "audits", ["sequence"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_audits_sequence"), "audits")
    op.drop_index(op.f("ix_audits_action_at"), "audits")
    op.drop_index(op.f("ix_audits_actor_at"), "audits")
    # entries without a file cannot be represented, and the older version has none
    op.execute("DELETE FROM audits WHERE file_id IS NULL")
    with op.batch_alter_table("audits") as table:
        table.alter_column("file_id", existing_type=ID, nullable=False)
    for name in ("seal", "sequence", "changes_digest", "changes", "request_id", "address", "key_prefix"):
        op.drop_column("audits", name)
