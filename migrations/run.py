"""Run the migrations on a database URL."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent


def config_for(database_url: str) -> Config:
    """Alembic's configuration for one database; no ini file needed."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str, to: str = "head") -> None:
    """Bring the database forward to a revision."""
    command.upgrade(config_for(database_url), to)


def downgrade(database_url: str, to: str) -> None:
    """Take the database back to a revision; `base` is the empty one."""
    command.downgrade(config_for(database_url), to)


if __name__ == "__main__":
    upgrade(os.environ["DATABASE_URL"])
