"""Lists of `service.db`: pages, searches, and cursors."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.db.models import File
from service.db.session import Database
from service.db.statements.lists import pages, paging
from service.db.statements.lists.paging import along_index, decode, encode, order_of
from service.errors import InvalidBodyError
from service.values import NEWEST_FIRST, FileQuery
from tests.support.service.rows import NOW, add, both

SECOND = timedelta(seconds=1)


def ids(rows: Any) -> list[str]:
    return [row.id for row in rows]


class TestPlaces:
    @pytest.mark.parametrize("sort", ["created_at", "-created_at", "size", "-size", "filename", "-filename"])
    def test_a_list_continues_after_its_cursor(self, db: Database, sort: str) -> None:
        keys = {
            "created_at": [NOW, NOW + SECOND, NOW + SECOND, NOW + 2 * SECOND],
            "size": [1, 2, 2, 2**62],
            "filename": ["a", "ß", "ss", "z"],
        }[sort.lstrip("-")]
        names = ["1", "2", "3", "4"]
        for name, key in zip(names, keys, strict=True):
            add(db, *both(name, **{sort.lstrip("-"): key}))
        order = [f"file-{name}" for name in (names if sort[0] != "-" else names[::-1])]
        with db.read() as reading:
            assert ids(reading.scalars(along_index(select(File), order_of(File, sort), sort, None))) == order
            for place, file_id in enumerate(order):
                row = reading.get_one(File, file_id)
                key = getattr(row, {"filename": "name_key"}.get(sort.lstrip("-"), sort.lstrip("-")))
                rest = reading.scalars(
                    along_index(select(File), order_of(File, sort), sort, encode(sort, key, file_id))
                )
                assert ids(rest) == order[place + 1 :]

    def test_pages_contain_each_row_once(self, db: Database) -> None:
        for number in range(5):
            add(db, *both(str(number), size=number, owner="ann"))
        add(db, *both("bob's", size=2, owner="bob"))
        mine, cursor, seen = File.owner == "ann", None, []
        with db.read() as reading:
            while True:
                found, cursor = paging.page(reading, File, 2, cursor, mine, sort="size")
                seen.append(ids(found))
                if cursor is None:
                    break
            assert seen == [["file-0", "file-1"], ["file-2", "file-3"], ["file-4"]]
            assert paging.page(reading, File, 5, None, mine, sort="size")[1] is None
            with pytest.raises(InvalidBodyError) as refused:
                paging.page(reading, File, 2, "%%", mine)
            assert refused.value.errors == ["[cursor] is not valid; use next_cursor of the page before"]
            with pytest.raises(InvalidBodyError) as refused:
                paging.page(reading, File, 2, encode("size", 1, "id"), mine)
            assert refused.value.errors == ["[cursor] is for the order size; start without a cursor"]

    def test_a_search_examines_a_limited_number_of_rows(self, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """Later pages have the rest, also after rows with no match or with more matches than the limit."""
        monkeypatch.setattr(paging, "WINDOW", 3)
        names = ["a x", "b", "c", "d", "e x y", "f x", "g x", "h x", "i x"]
        for number, name in enumerate(names):
            status = "infected" if name.startswith("h") else "clean"
            add(db, *both(str(number), filename=name, name_key=name, virus_scan_status=status))
        query, looks = FileQuery(2, sort="filename", virus_scan_status="clean"), []
        by_name = order_of(File, "filename")
        with db.read() as reading:
            while True:
                found, cursor = pages.search(reading, query, ["x"], by_name, [])
                looks.append([file.filename for file in found])
                if cursor is None:
                    break
                query = replace(query, cursor=cursor)
            assert looks == [["a x"], ["e x y", "f x"], ["g x", "i x"]]
            both_words = FileQuery(9, sort="-filename", cursor=encode("-filename", "f x", "file-5"))
            assert [file.filename for file in pages.search(reading, both_words, ["x", "y"], by_name, [])[0]] == [
                "e x y"
            ]
            newest_first = order_of(File, NEWEST_FIRST)
            assert pages.search(reading, FileQuery(9), ["x"], newest_first, [File.owner == "ann"]) == ([], None)

    @pytest.mark.parametrize(
        ("sort", "value"),
        [
            *(("size", wrong) for wrong in (-1, 2**63, "1", True, None)),
            *(("-created_at", wrong) for wrong in ("2026-01-02T03:04:05", "no time", 5)),
            *(("filename", wrong) for wrong in (5, "\ud800")),
        ],
    )
    def test_a_forged_cursor_is_refused(self, sort: str, value: Any) -> None:
        text = json.dumps([sort, value, "id"])
        with pytest.raises(InvalidBodyError):
            decode(sort, base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))

    @pytest.mark.parametrize("size", [0, 2**63 - 1])
    def test_a_cursor_of_an_extreme_size_is_read_back(self, size: int) -> None:
        assert decode("size", encode("size", size, "id")) == (size, "id")

    def test_a_cursor_is_unpadded_and_read_back_unchanged(self) -> None:
        cursor = encode(NEWEST_FIRST, NOW, "an-id")
        assert "=" not in cursor
        assert decode(NEWEST_FIRST, cursor) == (NOW, "an-id")
