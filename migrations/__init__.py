"""The history of the database's schema (Alembic): `python -m migrations.run` upgrades to the newest revision."""
