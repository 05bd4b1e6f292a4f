"""Compare the database with storage, and rebuild lost rows."""
