"""The database's history (Alembic): `python -m migrations.run` brings a database to the newest revision."""
