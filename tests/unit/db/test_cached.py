"""`service.db.cached`: downloads, keys and storage's safety in memory."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.db.cached import downloads
from service.db.cached.downloads import EVERY, DownloadCounter
from service.db.cached.keys import REMEMBERED, KeyMemory, StoredKey
from service.db.cached.safety import FACT, GOOD_FOR, SafetyMemory, StorageSafety, recorded
from service.db.models import Base, File
from service.db.session import Database
from tests.support.service.rows import NOW, add, both

SECOND = timedelta(seconds=1)


class TestDownloads:
    def counted(self, db: Database) -> list[int]:
        with db.read() as reading:
            return list(reading.scalars(select(File.downloads).order_by(File.id)))

    def test_downloads_are_written_once_a_minute(self, db: Database) -> None:
        add(db, *both("a"), *both("b"))
        counter = DownloadCounter()
        for name in ("a", "b", "a"):
            counter.note(db, f"file-{name}", NOW)
        counter.note(db, "file-b", NOW + EVERY - SECOND)
        assert self.counted(db) == [0, 0]
        counter.note(db, "file-b", NOW + EVERY)
        assert self.counted(db) == [2, 3]
        counter.note(db, "file-a", NOW + EVERY)
        assert self.counted(db) == [2, 3]
        counter.note(db, "file-a", NOW + 2 * EVERY)
        assert self.counted(db) == [4, 3]

    def test_downloads_of_many_files_are_written_sooner(self, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(downloads, "MOST", 4)
        add(db, *both("a"))
        counter = DownloadCounter()
        for number in range(3):
            counter.note(db, str(number), NOW)
        assert self.counted(db) == [0]
        counter.note(db, "file-a", NOW)
        assert self.counted(db) == [1]


def test_a_key_is_cached_for_a_few_seconds() -> None:
    memory, key = KeyMemory(), StoredKey("hash", "ann", "read", None, None, None, None)
    assert memory.recall("prefix", NOW) is None
    memory.remember("prefix", key, NOW)
    assert memory.recall("prefix", NOW + REMEMBERED - SECOND) is key
    assert memory.recall("prefix", NOW + REMEMBERED) is None
    assert memory.recall("another", NOW) is None


class TestSafety:
    SAFE = StorageSafety(
        NOW,
        {"public": (), "direct": ("copy", "overwrite")},
        {"elsewhere": "was down"},
        {"public": ("slow",)},
        NOW - SECOND,
        "storage",
    )

    def test_storage_safety_is_stored_and_read_back_unchanged(self) -> None:
        fact = self.SAFE.as_fact()
        assert fact == {
            "checked_at": NOW.isoformat(),
            "let_through": {"public": [], "direct": ["copy", "overwrite"]},
            "untried": {"elsewhere": "was down"},
            "one_put": {"public": ["slow"]},
            "one_put_at": (NOW - SECOND).isoformat(),
            "tried_on": "storage",
        }
        assert StorageSafety.from_fact(fact) == self.SAFE

    @pytest.mark.parametrize(
        ("address", "late", "untried", "proven"),
        [
            ("public", GOOD_FOR, {}, True),
            ("public", GOOD_FOR + SECOND, {}, False),
            ("public", timedelta(0), {"public": "down"}, False),
            ("direct", timedelta(0), {}, False),
            ("elsewhere", timedelta(0), {}, False),
        ],
    )
    def test_an_address_is_proven_safe_only_by_a_recent_passed_check(
        self, address: str, late: timedelta, untried: dict[str, str], proven: bool
    ) -> None:
        safety = StorageSafety(NOW, self.SAFE.let_through, untried)
        assert safety.is_proven(address, NOW + late) is proven

    def test_the_recorded_safety_is_read_every_ten_seconds(self, db: Database) -> None:
        memory = SafetyMemory()
        assert memory.last(db, NOW, "storage") is None
        with db.write() as writing:
            writing.execute(Base.metadata.tables["facts"].insert().values(name=FACT, value=self.SAFE.as_fact()))
        assert recorded(db) == self.SAFE
        assert memory.last(db, NOW + 9 * SECOND, "storage") is None
        assert memory.last(db, NOW + 10 * SECOND, "storage") == self.SAFE
        assert memory.last(db, NOW + 10 * SECOND, "another storage") is None
