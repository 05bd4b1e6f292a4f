"""Policies: an upload keeps the rules with which it was started, and its file the policy's name.

Null is the default policy without a file of policies. A version that does not know the columns enforces no policy, so
POLICIES is set after the upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import Json, ascii_text

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("uploads", sa.Column("policy", ascii_text(64), nullable=True))
    op.add_column("uploads", sa.Column("rules", Json, nullable=True))
    op.create_index(op.f("ix_uploads_owner_policy_state"), "uploads", ["owner", "policy", "state"])
    op.add_column("files", sa.Column("policy", ascii_text(64), nullable=True))


def downgrade() -> None:
    op.drop_column("files", "policy")
    op.drop_index(op.f("ix_uploads_owner_policy_state"), "uploads")
    op.drop_column("uploads", "rules")
    op.drop_column("uploads", "policy")
