"""Actors in the audit log: a subject may have any 255 characters, as in keys and tokens.

The previous version keeps working: what it writes (`client`, `scanner`) fits.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ascii_text, human_text

revision = "0006"
down_revision = "0005"

BEFORE, AFTER = ascii_text(64), human_text(255)


def upgrade() -> None:
    with op.batch_alter_table("audits") as audits:
        audits.alter_column("actor", existing_type=BEFORE, type_=AFTER, existing_nullable=False)


def downgrade() -> None:
    # a subject may not fit: each becomes what the previous version would have written
    audits = sa.table("audits", sa.column("actor", sa.String))
    op.execute(audits.update().where(audits.c.actor != "scanner").values(actor="client"))
    with op.batch_alter_table("audits") as batch:
        batch.alter_column("actor", existing_type=AFTER, type_=BEFORE, existing_nullable=False)
