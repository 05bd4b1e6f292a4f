"""Policies and changes: an upload keeps the rules with which it was started, its file the policy's name and a version.

Null is the default policy without a file of policies. A version that does not know the columns enforces no policy, so
POLICIES is set after the upgrade. stored_name is null until a file is renamed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import Json, ascii_text, human_text

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("uploads", sa.Column("policy", ascii_text(64), nullable=True))
    op.add_column("uploads", sa.Column("rules", Json, nullable=True))
    op.create_index(op.f("ix_uploads_owner_policy_state"), "uploads", ["owner", "policy", "state"])
    op.add_column("files", sa.Column("policy", ascii_text(64), nullable=True))
    op.add_column("files", sa.Column("stored_name", human_text(255), nullable=True))
    op.add_column("files", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("files", "version")
    op.drop_column("files", "stored_name")
    op.drop_column("files", "policy")
    op.drop_index(op.f("ix_uploads_owner_policy_state"), "uploads")
    op.drop_column("uploads", "rules")
    op.drop_column("uploads", "policy")
