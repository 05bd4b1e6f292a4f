"""The database: typed models, sessions, and the queries that need more than a primary key."""
