"""The type that a file's bytes show, detected by its scan.

Null for files that were scanned before. A version that does not know the column, or the status `blocked`, blocks no
file for its type, and never serves one that was blocked.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.db.types import ascii_text

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("files", sa.Column("detected_content_type", ascii_text(128), nullable=True))


def downgrade() -> None:
    op.drop_column("files", "detected_content_type")
