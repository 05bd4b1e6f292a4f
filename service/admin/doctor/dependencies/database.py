"""Checks of the database: connection, migrations, character set and isolation."""

from __future__ import annotations

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn
from service.db.revision import applied, needed
from service.db.server import character_set, is_read_only


def reachable(context: CheckContext) -> Finding:
    context.deps.db.ping()
    return ok(context.deps.db.engine.dialect.name)


def migrated(context: CheckContext) -> Finding:
    with context.deps.db.read() as session:
        has = applied(session)
    if has < needed():
        return fail(f"at {has or 'no migration'}, but this version needs {needed()}", "Run python -m jobs.prepare.")
    return ok(f"at {has}")


def writable(context: CheckContext) -> Finding:
    with context.deps.db.read() as session:
        if is_read_only(session):
            change = "Point DATABASE_URL at the primary, or turn off read-only mode (SET GLOBAL read_only=0)."
            return fail("read-only, so nothing can be uploaded or deleted", change)
    return ok("accepts changes")


def charset(context: CheckContext) -> Finding:
    if context.deps.db.engine.dialect.name == "sqlite":
        return ok("SQLite stores all of Unicode")
    with context.deps.db.read() as session:
        name = character_set(session)
    if name != "utf8mb4":
        return fail(f"{name}, so new tables cannot store all file names", "ALTER DATABASE … CHARACTER SET utf8mb4;")
    return ok(name)


def isolation(context: CheckContext) -> Finding:
    if context.deps.db.engine.dialect.name == "sqlite":
        change = "To run on more than one host, set DATABASE_URL to a MySQL or MariaDB server."
        return warn("SQLite works on one host only", change)
    with context.deps.db.lookup() as connection:
        level = connection.get_isolation_level()
    if level != "READ COMMITTED":
        change = "Leave the isolation to the service: remove the setting from DATABASE_URL or the proxy."
        return fail(f"{level}, so sweepers would wait for each other", change)
    return ok(level)


CHECKS: dict[str, Check] = {
    "reachable": reachable,
    "migrations": migrated,
    "writable": writable,
    "character set": charset,
    "isolation": isolation,
}
