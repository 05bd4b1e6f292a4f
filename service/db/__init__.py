"""The database: the only package that imports SQLAlchemy and builds statements.

Statements are functions in `service.db.statements`. They take a session and plain values, return models or values, and
know no rules: the domain decides what to ask and change, and in which transaction. The domain may use
`session.get`, `session.add`, `session.delete` and attributes of models itself.
"""
