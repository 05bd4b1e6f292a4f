"""The database's engine: its settings and its retries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service.db import session
from service.db.session import Database
from service.errors import DatabaseUnavailableError


class TestEngine:
    def test_sqlite_is_safe_for_several_processes(self, tmp_path: Path) -> None:
        engine = session.make_engine(f"sqlite:///{tmp_path}/safe.sqlite3")
        with engine.connect() as connection:
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        engine.dispose()
        assert found == ["wal", 2, 1, 15_000]

    def test_mysql_connections_have_timeouts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        passed: dict[str, Any] = {}

        def connection(**options: Any) -> None:
            passed.update(options)
            raise DatabaseUnavailableError

        monkeypatch.setattr(session, "MySqlConnection", connection)
        engine = session.make_engine("mysql+pymysql://user:hidden@127.0.0.1:9/longshore")
        with pytest.raises(DatabaseUnavailableError):
            engine.connect()
        for name in ("host", "user", "password", "port", "database", "client_flag"):
            passed.pop(name)
        assert passed == {
            "connect_timeout": 5,
            "read_timeout": 30,
            "write_timeout": 30,
            "charset": "utf8mb4",
            "init_command": "SET SESSION innodb_lock_wait_timeout=10, lock_wait_timeout=10",
        }
        assert (engine.hide_parameters, engine.pool.size(), engine.pool._recycle) == (True, 10, 3600)  # type: ignore[attr-defined]

    def test_a_failed_transaction_is_retried_after_a_growing_pause(
        self, db: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pauses: list[tuple[float, float]] = []
        monkeypatch.setattr(session.random, "uniform", lambda *pair: pauses.append(pair) or 0)
        monkeypatch.setattr(session, "meaning_of", lambda _error: session_meaning)

        def fails(_session: Session) -> None:
            raise DatabaseUnavailableError

        with pytest.raises(DatabaseUnavailableError):
            db.transact(fails)
        assert pauses == [(0, 0.05), (0, 0.1), (0, 0.2), (0, 0.4)]


session_meaning = session.meaning_of(None).__class__(DatabaseUnavailableError, "deadlock", again=True)
