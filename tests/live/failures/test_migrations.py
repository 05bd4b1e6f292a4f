"""The migrations on all kinds of database: up, down, up again, and the same tables as in the models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, delete, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from migrations.run import downgrade, upgrade
from service.db.models import ApiKey, Audit, Base, Delivery, File, PendingDeletion, Upload, User
from service.db.session import Database
from service.db.sort_names import name_key
from service.db.statements.objects.keys import files_of_keys
from service.limits import TIB
from service.values.object_keys import adopted_name, location_hash
from tests.support.live.stack import new_database
from tests.support.service.rows import delivery

AT = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
NAME = "🚢\u202e مرسى, ünï, 船.bin"
SIZE = 5 * TIB


@pytest.fixture(scope="module", params=["sqlite", "mysql", "mariadb latin1"])
def kind(request: pytest.FixtureRequest) -> str:
    """The server; one has a default character set that holds no emoji."""
    return str(request.param)


def empty_database(kind: str, request: pytest.FixtureRequest, folder: Path, name: str) -> str:
    server, _, charset = kind.partition(" ")
    if server == "sqlite":
        return f"sqlite:///{folder}/{name}.sqlite3"
    return new_database(request.getfixturevalue(f"{server}_server"), name, charset or "utf8mb4")


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    return empty_database(kind, request, tmp_path, "migrations")


@contextmanager
def newest(url: str) -> Iterator[Database]:
    upgrade(url)
    database = Database(url)
    yield database
    database.engine.dispose()


@pytest.fixture
def own_db(url: str) -> Iterator[Database]:
    """The database of `url` at the newest revision."""
    with newest(url) as database:
        yield database


@pytest.fixture(scope="module")
def shared_db(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with newest(empty_database(kind, request, tmp_path_factory.mktemp("shared"), "migrated")) as database:
        yield database


@pytest.fixture
def db(shared_db: Database) -> Iterator[Database]:
    """A database at the newest revision, whose revision the test does not change."""
    yield shared_db
    with shared_db.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))


def tables(db: Database) -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def upload_row(**values: Any) -> Upload:
    return Upload(
        **{
            "id": "u" * 36,
            "file_id": "f" * 36,
            "object_key": "k" * 36,
            "state": "uploading",
            "filename": NAME,
            "size": SIZE,
            "chunk_size": SIZE // 10_000 + 1,
            "created_at": AT,
            "expires_at": AT,
        }
        | values
    )


def test_the_models_match_the_newest_revision(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_downgrade_drops_all_tables_and_upgrade_creates_them_again(url: str, own_db: Database) -> None:
    assert tables(own_db) == {"alembic_version", *Base.metadata.tables}
    downgrade(url, "base")
    assert tables(own_db) == {"alembic_version"}
    upgrade(url)
    assert tables(own_db) == {"alembic_version", *Base.metadata.tables}


def test_a_second_upgrade_keeps_the_rows(db: Database) -> None:
    with db.write() as session:
        session.add(User(id="a" * 36, name=NAME, created_at=AT))
    upgrade(db.engine.url.render_as_string(hide_password=False))
    with db.read() as session:
        assert session.get_one(User, "a" * 36).name == NAME


def test_names_sizes_and_times_are_stored_exactly(db: Database) -> None:
    detail = {"deck": NAME, "crew": [1, None, {"😀": 2.5}]}
    with db.write() as session:
        session.add(upload_row(completion=detail))
        session.flush()
        session.add(
            File(
                id="f" * 36,
                upload_id="u" * 36,
                bucket="b",
                object_key="k" * 36,
                filename=NAME,
                content_type="text/plain",
                size=SIZE,
                total_chunks=10_000,
                etag='"e"',
                detail=detail,
                virus_scan_status="pending",
                virus_scan_result=NAME,
                scan_attempts=0,
                scan_due_at=AT,
                created_at=AT,
            )
        )
    with db.read() as session:
        upload, file = session.get_one(Upload, "u" * 36), session.get_one(File, "f" * 36)
    assert (upload.filename, upload.size, upload.expires_at, upload.completion) == (NAME, SIZE, AT, detail)
    assert (file.filename, file.size, file.created_at, file.scan_due_at) == (NAME, SIZE, AT, AT)
    assert (file.detail, file.virus_scan_result, file.virus_scan_date) == (detail, NAME, None)


def test_ids_are_compared_case_sensitively(db: Database) -> None:
    with db.write() as session:
        session.add_all([upload_row(), upload_row(id="U" * 36, file_id="F" * 36)])
    with db.read() as session:
        assert session.get_one(Upload, "U" * 36).file_id == "F" * 36


def test_keys_of_adopted_objects_are_stored_exactly(db: Database) -> None:
    """Any text of up to 1,024 bytes: no database compares two of them as equal."""
    keys = ["a", "A", "a ", "a\u0301", "\u00e1", "\x01\n", "é" * 512, "😀" * 256, "x" * 1024]
    for number, key in enumerate(keys):
        row_id, name = f"{number:036}", adopted_name("archive", key)
        with db.write() as session:
            session.add(upload_row(id=row_id, file_id=row_id, object_key=name, init_key=location_hash("archive", key)))
            session.flush()
            values = {
                "filename": "a",
                "content_type": "a/b",
                "size": 1,
                "total_chunks": 1,
                "etag": "e",
                "scan_attempts": 0,
            }
            where = {"id": row_id, "upload_id": row_id, "bucket": "archive", "object_key": name, "adopted_key": key}
            session.add(File(**values, **where, virus_scan_status="pending", created_at=AT))
    with db.read() as session:
        for key in keys:
            [file] = files_of_keys(session, "archive", [adopted_name("archive", key)])
            assert file.adopted_key == key
    with pytest.raises(IntegrityError), db.write() as session:  # an object is adopted once
        session.add(upload_row(id="again", file_id="again", init_key=location_hash("archive", "a")))


@contextmanager
def at(url: str, revision: str) -> Iterator[Connection]:
    """A transaction on the database as it was at a revision; outside it is at the newest one."""
    upgrade(url, revision)
    old = Database(url)
    with old.engine.begin() as connection:
        yield connection
    old.engine.dispose()
    upgrade(url)


def add_file(connection: Connection, file_id: str, **values: Any) -> None:
    """A file with its upload, as tables of any revision take it."""
    then = AT.replace(tzinfo=None)
    upload = {"id": file_id, "file_id": file_id, "object_key": "k", "state": "completed", "chunk_size": 1}
    file = {"id": file_id, "upload_id": file_id, "bucket": "b", "object_key": "k", "filename": NAME, "size": 1}
    file |= {"content_type": "text/plain", "total_chunks": 1, "etag": "e", "virus_scan_status": "clean"}
    rows = {"uploads": upload | {"expires_at": then}, "files": file | {"scan_attempts": 1} | values}
    for name, row in rows.items():
        connection.execute(insert(Table(name, MetaData(), autoload_with=connection)).values(**row, created_at=then))


def test_files_from_before_rescans_have_no_known_signatures(url: str) -> None:
    with at(url, "0001") as connection:
        add_file(connection, "f" * 36)
    db = Database(url)
    with db.read() as session:
        kept = session.get_one(File, "f" * 36)
    db.engine.dispose()
    assert (kept.filename, kept.created_at) == (NAME, AT)
    assert (kept.scan_generation, kept.scanned_with, kept.downloads) == (0, None, 0)


def test_files_from_before_sorted_lists_get_a_name_key(url: str) -> None:
    names = {f"{number:036}": f"Ünï {number}" for number in range(5)}
    with at(url, "0003") as connection:
        for file_id, name in names.items():
            add_file(connection, file_id, filename=name)
    db = Database(url)
    with db.read() as session:
        keys = {row.id: row.name_key for row in session.execute(select(File.id, File.name_key))}
    db.engine.dispose()
    assert keys == {file_id: name_key(name) for file_id, name in names.items()}


def test_rows_from_before_login_have_no_owner(url: str) -> None:
    upgrade(url, "0004")
    old = Database(url)
    row = {"id": "u" * 36, "file_id": "f" * 36, "object_key": "k", "state": "uploading", "chunk_size": 1, "size": 5}
    with old.engine.begin() as connection:
        uploads = Table("uploads", MetaData(), autoload_with=connection)
        then = AT.replace(tzinfo=None)
        connection.execute(insert(uploads).values(**row, created_at=then, expires_at=then))
    upgrade(url)
    with old.read() as session:
        kept = session.get_one(Upload, "u" * 36)
    old.engine.dispose()
    assert (kept.owner, kept.reserved, kept.size) == (None, 0, 5)


def columns(url: str, revision: str) -> dict[str, list[str]]:
    """The columns of the tables at a revision."""
    upgrade(url, revision)
    old = Database(url)
    with old.engine.connect() as connection:
        found = {
            name: [column["name"] for column in inspect(connection).get_columns(name)]
            for name in inspect(connection).get_table_names()
        }
    old.engine.dispose()
    return found


def test_the_previous_versions_inserts_are_accepted(url: str) -> None:
    """During an upgrade, code without the newest migration reads and writes its own columns."""
    known = columns(url, "0011")
    upgrade(url)
    db = Database(url)
    if db.engine.dialect.name == "sqlite":  # no process of the version before works on the file meanwhile
        del known["removals"], known["deliveries"]
    then = AT.replace(tzinfo=None)
    with db.engine.begin() as connection:
        add_file(connection, "f" * 36)
        deed = {"at": then, "actor": "client", "action": "deleted", "file_id": "f" * 36}
        connection.execute(insert(Table("audits", MetaData(), autoload_with=connection)).values(**deed))
        for name, names in known.items():
            table = Table(name, MetaData(), autoload_with=connection)
            connection.execute(select(*(table.c[column] for column in names))).all()
    db.engine.dispose()


def test_long_actors_fit_and_a_downgrade_restores_the_old_values(url: str, own_db: Database) -> None:
    for actor in (NAME * 12, "scanner", "anonymous"):
        with own_db.write() as session:
            session.add(Audit(at=AT, actor=actor, action="deleted", target_id="f" * 36))
    with own_db.read() as session:
        assert [row.actor for row in session.scalars(select(Audit).order_by(Audit.id))] == [
            NAME * 12,
            "scanner",
            "anonymous",
        ]
    downgrade(url, "0005")
    with own_db.read() as session:
        kept = session.scalars(select(Audit.actor).order_by(Audit.id)).all()
    assert kept == ["client", "scanner", "client"]


def index_names(connection: Connection, *names: str) -> set[str | None]:
    return {index["name"] for name in names for index in inspect(connection).get_indexes(name)}


def test_renamed_tables_keep_rows_and_indexes_up_and_down(url: str) -> None:
    then = AT.replace(tzinfo=None)
    with at(url, "0011") as connection:
        indexes = index_names(connection, "removals", "deliveries")
        removal = {"kind": "object", "bucket": "b", "object_key": "k", "attempts": 0, "due_at": then}
        connection.execute(insert(Table("removals", MetaData(), autoload_with=connection)).values(removal))
    db = Database(url)
    with db.write() as session:
        assert [row.due_at for row in session.scalars(select(PendingDeletion))] == [AT]
        session.add(delivery("d", pending_since=AT))
    downgrade(url, "0011")
    with db.engine.connect() as connection:
        removals, deliveries = (
            Table(name, MetaData(), autoload_with=connection) for name in ("removals", "deliveries")
        )
        assert connection.scalars(select(removals.c.due_at)).all() == [then]
        assert connection.scalars(select(deliveries.c.owed_since)).all() == [then]
        assert index_names(connection, "removals", "deliveries") == indexes
    upgrade(url)
    with db.read() as session:
        assert session.get_one(Delivery, "d").pending_since == AT
    db.engine.dispose()


def test_keys_keep_their_delete_right_and_a_downgrade_restores_them(url: str) -> None:
    scopes = {"up": "upload,read", "all": "upload,read,admin", "ro": "read", "root": "admin"}
    with at(url, "0008") as connection:
        keys = Table("api_keys", MetaData(), autoload_with=connection)
        row = {"secret_hash": "h", "name": "n", "subject": "ann", "created_at": AT.replace(tzinfo=None)}
        connection.execute(insert(keys), [row | {"prefix": prefix, "scopes": of} for prefix, of in scopes.items()])
    db = Database(url)
    with db.read() as session:
        added = {key.prefix: (key.scopes, key.added_scopes, key.expires_at) for key in session.scalars(select(ApiKey))}
    deleting = {"up": "delete", "all": "delete"}
    assert added == {prefix: (of, deleting.get(prefix), None) for prefix, of in scopes.items()}
    downgrade(url, "0008")
    with db.engine.connect() as connection:
        keys = Table("api_keys", MetaData(), autoload_with=connection)
        assert dict(connection.execute(select(keys.c.prefix, keys.c.scopes)).all()) == scopes
    db.engine.dispose()


def test_an_idempotency_key_is_unique_and_null_is_not(db: Database) -> None:
    with db.write() as session:
        session.add_all([upload_row(), upload_row(id="v" * 36, file_id="g" * 36)])
    with pytest.raises(IntegrityError), db.write() as session:
        session.add_all([upload_row(id=n * 36, file_id=n * 36, init_key="k" * 64) for n in "wx"])
