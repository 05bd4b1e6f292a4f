"""Access: scope `delete`, keys that expire, and inits that can be repeated.

Until now `upload` allowed deleting, so keys with it receive `delete`. It has a separate column: a version that
does not know the scope would refuse every key that has it in `scopes`. A key that such a version creates meanwhile has
null there, and may delete what it may upload.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import UTCDateTime, ascii_text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("expires_at", UTCDateTime(), nullable=True))
    op.add_column("api_keys", sa.Column("added_scopes", ascii_text(64), nullable=True))
    keys = sa.table("api_keys", sa.column("scopes", sa.String), sa.column("added_scopes", sa.String))
    # if a key has `upload`, it is the first scope: they are written in one order
    op.execute(keys.update().where(keys.c.scopes.like("upload%")).values(added_scopes="delete"))
    op.add_column("uploads", sa.Column("init_key", ascii_text(64), nullable=True))
    op.create_index(op.f("ix_uploads_init_key"), "uploads", ["init_key"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_uploads_init_key"), "uploads")
    op.drop_column("uploads", "init_key")
    op.drop_column("api_keys", "added_scopes")
    op.drop_column("api_keys", "expires_at")
