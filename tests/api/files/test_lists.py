"""Lists of files: orders, pages, cursors, filters, and search."""

from __future__ import annotations

import base64
import json
from itertools import product
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from sqlalchemy import event

from service.db.statements.lists import paging
from service.routes.schemas.described import APPOINTMENT_ID, USER_ID
from service.values import FILE_SORTS
from service.values.access.caller import Scope
from service.values.states import Verdict
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.service_under_test import FILE, App

NAMES = ("Zebra.pdf", "äpfel.txt", "Apfel 10.txt", "apfel 2.txt", "Birne.png")
SIZES = (3, 1, 3, 2, 5)
LIMITS = (1, 2, 5)
ADA, VISIT = USER_ID, APPOINTMENT_ID
SCOPES = ("all", f"all?user_id={ADA}", f"appointment/{VISIT}")


def cursor_of(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.fixture
def stocked(app: App) -> App:
    for name, size in zip(NAMES, SIZES, strict=True):
        app.clock.forward(1)
        app.upload(b"x" * size, filename=name)
    return app


def ask(app: App, **query: Any) -> tuple[list[str], str | None]:
    """The names on one page, and its cursor."""
    answer: Any = app.client.get(f"{FILE}/all", query_string=query).json
    return [item["filename"] for item in answer["data"]["items"]], answer["data"]["next_cursor"]


def in_order(app: App, **query: Any) -> list[str]:
    """The names on all pages, one after the other."""
    return [name for names in all_pages(app, **query) for name in names]


def all_pages(app: App, **query: Any) -> list[list[str]]:
    """The names on all pages."""
    names, cursor = ask(app, **query)
    found = [names]
    while cursor:
        names, cursor = ask(app, **query, cursor=cursor)
        found.append(names)
    return found


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("created_at", list(NAMES)),
        ("filename", ["Apfel 10.txt", "apfel 2.txt", "äpfel.txt", "Birne.png", "Zebra.pdf"]),
    ],
)
def test_a_list_is_sorted_up_and_down(stocked: App, sort: str, names: list[str]) -> None:
    for limit in LIMITS:
        assert in_order(stocked, sort=sort, limit=limit) == names
        assert in_order(stocked, sort=f"-{sort}", limit=limit) == names[::-1]


FIRST, LAST = "2026-01-02T03:04:06.678901", "2026-01-02T03:04:10.678901"
"""When the first and the last file were completed."""


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"min_size": 3}, {"Zebra.pdf", "Apfel 10.txt", "Birne.png"}),
        ({"max_size": 2}, {"äpfel.txt", "apfel 2.txt"}),
        ({"min_size": 2, "max_size": 3}, {"Zebra.pdf", "Apfel 10.txt", "apfel 2.txt"}),
        ({"min_size": 4, "max_size": 3}, set()),
        ({"created_from": f"{LAST}Z"}, {"Birne.png"}),
        ({"created_until": "2026-01-02T03:04:06.678902Z"}, {"Zebra.pdf"}),
        ({"created_until": f"{FIRST}Z"}, set()),
        ({"created_from": f"{FIRST}+00:00", "created_until": f"{LAST}Z"}, {*NAMES} - {"Birne.png"}),
        ({"content_type": "text/plain"}, {*NAMES}),
        ({"content_type": "TEXT/*"}, {*NAMES}),
        ({"content_type": "image/*"}, set()),
        ({"policy": "default"}, {*NAMES}),
        ({"policy": "avatars"}, set()),
        ({"search": "apfel", "min_size": 2}, {"Apfel 10.txt", "apfel 2.txt"}),
    ],
)
def test_files_are_filtered_by_properties_in_every_order(stocked: App, query: dict[str, Any], names: set[str]) -> None:
    for sort, limit in product(FILE_SORTS, LIMITS):
        everything = in_order(stocked, sort=sort, limit=100)
        found = in_order(stocked, sort=sort, limit=limit, **query)
        assert found == [name for name in everything if name in names]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"content_type": "image"}, "[content_type] Not a media type such as image/png or image/*."),
        ({"created_from": "yesterday"}, "[created_from] Not a valid datetime."),
        ({"created_from": "2026-01-01T00:00:00"}, "[created_from] Not a valid aware datetime."),
        ({"created_until": "99999-01-01T00:00:00Z"}, "[created_until] Not a valid datetime."),
        ({"min_size": "-1"}, f"[min_size] Must be greater than or equal to 0 and less than or equal to {2**63 - 1}."),
        ({"max_size": "1.5"}, "[max_size] Not a valid integer."),
    ],
)
def test_invalid_filters_are_refused(app: App, query: dict[str, str], reason: str) -> None:
    answer = app.client.get(f"{FILE}/all", query_string=query)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_times_at_the_ends_of_the_calendar_find_nothing_or_all(stocked: App, moment: str) -> None:
    at_least, less = (len(in_order(stocked, **{name: moment})) for name in ("created_from", "created_until"))
    assert (at_least, less) == ((5, 0) if moment.startswith("0001") else (0, 5))


def test_the_filter_by_owner_requires_the_scope_admin(app: App) -> None:
    locked = app.with_settings(login="on")
    ann, root = login(locked, "ann", Scope.UPLOAD, Scope.READ), login(locked, "root", Scope.ADMIN, Scope.UPLOAD)
    ann.upload(filename="of ann.txt")
    root.upload(filename="of root.txt")
    assert [in_order(root, owner=owner) for owner in ("ann", "root", "bob")] == [["of ann.txt"], ["of root.txt"], []]
    refused = ann.client.get(f"{FILE}/all?owner=ann")
    assert (refused.status_code, refused.json) == (403, failure("scope_missing"))


def test_a_list_is_sorted_by_size(stocked: App) -> None:
    sizes = dict(zip(NAMES, SIZES, strict=True))
    upwards = in_order(stocked, sort="size")
    assert [sizes[name] for name in upwards] == [1, 2, 3, 3, 5]
    for limit in LIMITS:
        assert in_order(stocked, sort="size", limit=limit) == upwards
        assert in_order(stocked, sort="-size", limit=limit) == upwards[::-1]


def test_a_search_finds_files_by_words_of_the_name(stocked: App) -> None:
    apples = ["apfel 2.txt", "Apfel 10.txt", "äpfel.txt"]
    newest_first = list(NAMES[::-1])
    for search, names in {
        "apfel": apples,
        "ÄPFEL": apples,
        "txt  2": ["apfel 2.txt"],
        "a%l": [],
        "   ": newest_first,
        "": newest_first,
    }.items():
        assert all_pages(stocked, search=search) == [names]


def test_a_list_is_filtered_by_verdict(stocked: App) -> None:
    stocked.ready(filename="apfel, clean")
    assert ask(stocked, virus_scan_status="clean") == (["apfel, clean"], None)
    assert ask(stocked, virus_scan_status="pending", search="apfel", sort="size", limit=2)[0] == [
        "äpfel.txt",
        "apfel 2.txt",
    ]


def test_a_search_continues_after_the_rows_that_it_read(stocked: App) -> None:
    for sort, window, limit in product(FILE_SORTS, (1, 2, 4, 5), LIMITS):
        expected = [name for name in ask(stocked, sort=sort)[0] if "pfel" in name]
        with patch.object(paging, "WINDOW", window):
            found = all_pages(stocked, search="pfel", sort=sort, limit=limit)
        assert [name for names in found for name in names] == expected
        assert len(found) <= -(-len(NAMES) // window) + len(expected)


def test_files_added_or_deleted_between_two_pages_do_not_shift_others(stocked: App) -> None:
    first, cursor = ask(stocked, sort="filename", limit=2)
    found: Any = stocked.client.get(f"{FILE}/all?search=apfel+2").json
    deleted = found["data"]["items"][0]
    stocked.client.delete(f"{FILE}/{deleted['id']}")
    stocked.upload(filename="aaa")
    assert first[-1] == deleted["filename"]
    assert ask(stocked, sort="filename", limit=2, cursor=cursor)[0] == ["äpfel.txt", "Birne.png"]


def test_a_cursor_of_another_order_is_refused(stocked: App) -> None:
    _, cursor = ask(stocked, sort="size", limit=1)
    answer = stocked.client.get(f"{FILE}/all", query_string={"cursor": cursor})
    words = "[cursor] is for the order size; start without a cursor"
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", words))


def test_the_longest_name_has_a_cursor(app: App) -> None:
    longest = ["🚢" * 254 + "𝟙", "🚢" * 255]
    for name in longest:
        app.upload(filename=name)
    assert all_pages(app, sort="filename", limit=1) == [[name] for name in longest]


FORGED = (
    ("-created_at", ["-created_at", "2026-01-01T00:00:00", "a"]),
    ("-created_at", ["-created_at", "0001-01-01T00:00:00+14:00", "a"]),
    ("-created_at", ["-created_at", 5, "a"]),
    ("-created_at", ["-created_at", "2026-01-01T00:00:00Z"]),
    ("-created_at", ["-created_at", "2026-01-01T00:00:00Z", "ü"]),
    ("size", ["size", True, "a"]),
    ("size", ["size", 2**63, "a"]),
    ("size", ["size", -1, "a"]),
    ("size", [["size"], 1, "a"]),
    ("filename", ["filename", "\ud800", "a"]),
    ("filename", ["filename", "a", None]),
    ("filename", ["other", "a", "a"]),
)


def test_a_forged_cursor_is_refused(app: App) -> None:
    refused = (422, failure("invalid_body", "[cursor] is not valid; use next_cursor of the page before"))
    for sort, parts in FORGED:
        answer = app.client.get(f"{FILE}/all", query_string={"sort": sort, "cursor": cursor_of(*parts)})
        assert (answer.status_code, answer.json) == refused, parts


def test_an_invalid_query_is_refused(app: App) -> None:
    others = ["[" * 1200, "1" * 1400, "{}", "null", '"ab"']
    reason = "[cursor] is not valid; use next_cursor of the page before"
    reasons = {f"cursor={base64.urlsafe_b64encode(other.encode()).decode()}": reason for other in others}
    reasons |= dict.fromkeys(("sort=color", "sort="), f"[sort] Must be one of: {', '.join(FILE_SORTS)}.")
    reasons["virus_scan_status=dirty"] = f"[virus_scan_status] Must be one of: {', '.join(Verdict)}."
    reasons[f"search={'x' * 256}"] = "[search] Longer than maximum length 255."
    for query, reason in reasons.items():
        answer = app.client.get(f"{FILE}/all?{query}")
        assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason)), query


@pytest.mark.parametrize("scope", SCOPES)
def test_no_list_sorts_or_scans_the_table(app: App, scope: str) -> None:
    """SQLite's plan for every order of every list, first page and further ones: along an index, never a sort."""
    statements: list[tuple[str, Any]] = []
    engine = app.deps.db.engine

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "ORDER BY" in statement:
            statements.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    keys = {"created_at": "2026-01-01T00:00:00Z", "filename": "a", "size": 1}
    for sort, search, further in product(FILE_SORTS, ("", "x"), (False, True)):
        query = {"sort": sort, "search": search}
        if further:
            query["cursor"] = cursor_of(sort, keys[sort.lstrip("-")], "a")
        path, _, scoped = f"{FILE}/{scope}".partition("?")
        assert app.client.get(f"{path}?{scoped}&{urlencode(query)}").status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        plans = [
            " ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
            for statement, values in statements
        ]
    assert len(plans) == 4 * len(FILE_SORTS)
    assert [plan for plan in plans if "TEMP B-TREE" in plan or "USING INDEX ix_files_" not in plan] == []
