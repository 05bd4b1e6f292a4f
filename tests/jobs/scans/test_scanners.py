"""Several scanners: size and policy choose them, all must say clean, and each one's new signatures count."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from service.db.models import File
from service.domain.scanning.rescans import generation_of
from service.domain.upkeep.sweep import sweep
from service.errors import ScannerUnavailableError
from service.scanner import ScanFailedError
from service.values import ScanVerdict
from tests.support.fakes import SIGNATURE, FakeScanner
from tests.support.matchers import success
from tests.support.service_under_test import FILE, App, rebuilt

CLEAN, INFECTED = ScanVerdict("clean"), ScanVerdict("infected", "Other-Virus")
ENCRYPTED = ScanVerdict("unscannable", "encrypted: x")
BOTH = {"both": {"scanners": ("clamd", "icap")}, "other": {"scanners": ("icap",)}, "first": {"scanners": ("clamd",)}}


@pytest.fixture
def icap() -> FakeScanner:
    return FakeScanner(name="icap", max_size=2048)


@pytest.fixture
def two(app: App, icap: FakeScanner) -> App:
    """clamd takes 1024 bytes, and the ICAP server 2048."""
    return rebuilt(app.with_settings(policies=BOTH), icap=icap)


def judged(app: App, body: bytes = b"hello", policy: str | None = None) -> tuple[str, str | None, str | None]:
    """Upload and scan a file; return its verdict, the reason, and what scanned it."""
    return shown(app, uploaded(app, body, policy))


def uploaded(app: App, body: bytes = b"hello", policy: str | None = None) -> str:
    opened = app.send(body, **({"policy": policy} if policy else {}))
    answer = app.post("/upload/complete/", **app.completion(opened, body))
    assert answer.status_code == 200, answer.json
    file_id = str(answer.json["data"]["id"])
    app.scan(file_id)
    return file_id


def row(app: App, file_id: str) -> File:
    with app.deps.db.read() as session:
        return session.get_one(File, file_id)


def shown(app: App, file_id: str) -> tuple[str, str | None, str | None]:
    file = row(app, file_id)
    return file.virus_scan_status, file.virus_scan_result, file.scanned_with


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (1024, ("clean", None, "Fake 1.0/1")),
        (1025, ("clean", None, "icap/1")),
        (2048, ("clean", None, "icap/1")),
        (2049, ("unscannable", "too_large: over 2048 bytes", "icap/1")),
    ],
)
def test_the_size_of_a_file_selects_its_scanner(two: App, size: int, found: tuple[str, str | None, str | None]) -> None:
    assert judged(two, b"x" * size) == found


@pytest.mark.parametrize(
    ("policy", "size", "found"),
    [
        ("both", 5, ("clean", None, "Fake 1.0/1 + icap/1")),
        ("both", 1025, ("unscannable", "too_large: over 1024 bytes", "Fake 1.0/1 + icap/1")),
        ("other", 5, ("clean", None, "icap/1")),
        ("other", 2049, ("unscannable", "too_large: over 2048 bytes", "icap/1")),
        ("first", 1025, ("unscannable", "too_large: over 1024 bytes", "Fake 1.0/1")),
    ],
)
def test_the_policy_of_a_file_selects_its_scanners(
    two: App, policy: str, size: int, found: tuple[str, str | None, str | None]
) -> None:
    assert judged(two, b"x" * size, policy) == found


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (CLEAN, CLEAN, ("clean", None)),
        (INFECTED, AssertionError, ("infected", "Other-Virus")),
        (CLEAN, INFECTED, ("infected", "Other-Virus")),
        (ENCRYPTED, CLEAN, ("unscannable", "encrypted: x")),
        (CLEAN, ENCRYPTED, ("unscannable", "encrypted: x")),
        (ENCRYPTED, INFECTED, ("infected", "Other-Virus")),
    ],
)
def test_the_worst_verdict_of_two_scanners_counts(
    two: App, icap: FakeScanner, first: Any, second: Any, found: tuple[str, str]
) -> None:
    two.scanner.says = first
    if second is AssertionError:
        with patch.object(icap, "scan", side_effect=second):
            assert judged(two, policy="both") == (*found, "Fake 1.0/1")
        return
    icap.says = second
    assert judged(two, policy="both") == (*found, "Fake 1.0/1 + icap/1")


def test_each_scanner_reads_the_whole_file_and_the_type_is_detected_once(two: App) -> None:
    body = b"\x89PNG\r\n\x1a\n" + b"x" * 500
    file_id = uploaded(two, body, "both")
    assert row(two, file_id).detected_content_type == "image/png"
    assert judged(two, SIGNATURE, "both") == ("infected", "Fake-Virus", "Fake 1.0/1")


@pytest.mark.parametrize("down", ["clamd", "icap"])
def test_a_required_scanner_that_is_down_leaves_no_verdict(two: App, icap: FakeScanner, down: str) -> None:
    {"clamd": two.scanner, "icap": icap}[down].down = True
    with pytest.raises(ScannerUnavailableError):
        judged(two, policy="both")
    size = {"clamd": 1025, "icap": 5}[down]
    assert judged(two, b"x" * size)[0] == "clean"


def test_a_scanner_that_fails_leaves_no_verdict(two: App, icap: FakeScanner) -> None:
    with patch.object(icap, "scan", side_effect=ScanFailedError("500")), pytest.raises(ScanFailedError):
        judged(two, policy="both")


def test_a_required_scanner_that_is_not_configured_fails_the_scan(two: App) -> None:
    without = rebuilt(two, icap=None)
    for policy in ("both", "other"):
        with pytest.raises(ScanFailedError, match="requires icap, which is not configured"):
            judged(without, policy=policy)


def test_icap_alone_scans_and_rescans(app: App, icap: FakeScanner) -> None:
    alone = rebuilt(app, scanner=None, icap=icap)
    assert judged(alone) == ("clean", None, "icap/1")
    icap.signatures = "2"
    assert sweep(alone.deps).rescans == 1


def due(app: App, *file_ids: str) -> list[bool]:
    return [row(app, file_id).scan_due_at is not None for file_id in file_ids]


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        ((), [False, False, False]),
        (("clamd",), [True, False, True]),
        (("icap",), [False, True, True]),
        (("clamd", "icap"), [True, True, True]),
    ],
)
def test_new_signatures_of_a_scanner_rescan_only_its_files(
    two: App, icap: FakeScanner, newer: tuple[str, ...], expected: list[bool]
) -> None:
    files = [uploaded(two), uploaded(two, b"x" * 1500), uploaded(two, policy="both")]
    assert sweep(two.deps).rescans == 0
    for scanner in (two.scanner, icap):
        if scanner.name in newer:
            scanner.signatures = "2"
    assert sweep(two.deps).rescans == sum(expected)
    assert due(two, *files) == expected
    for file_id in files:
        two.scan(file_id)
    assert (sweep(two.deps).rescans, due(two, *files)) == (0, [False] * 3)


def test_with_a_scanner_down_the_other_scanners_files_are_rescanned(two: App, icap: FakeScanner) -> None:
    files = [uploaded(two), uploaded(two, b"x" * 1500), uploaded(two, policy="both")]
    two.scanner.signatures = "2"
    icap.down = True
    report = sweep(two.deps)
    assert (due(two, *files), report.errors) == ([True, False, False], ["scan_again: scanner_unavailable"])


def test_files_of_a_removed_scanner_are_scanned_by_the_other(two: App) -> None:
    large = uploaded(two, b"x" * 1500)
    without = rebuilt(two, icap=None)
    without.scanner.signatures = "2"
    sweep(without.deps)
    assert due(without, large) == [True]
    without.scan(large)
    assert shown(without, large) == ("unscannable", "too_large: over 1024 bytes", "Fake 1.0/2")


@pytest.mark.parametrize(
    ("newer", "expected"),
    [("clamd", [True, False, True, False]), ("icap", [False, True, False, True])],
)
def test_released_files_wait_for_new_signatures_of_their_own_scanners(
    two: App, icap: FakeScanner, newer: str, expected: list[bool]
) -> None:
    """Findings of clamd alone, of ICAP alone, of clamd as the first of both; and a file of ICAP without a verdict."""
    sweep(two.deps)  # each scanner and both together have a version
    icap.signatures = "2"  # a scan registers versions: the newest one is then that of ICAP alone
    two.scanner.says = icap.says = INFECTED
    files = [uploaded(two), uploaded(two, b"x" * 1500), uploaded(two, policy="both")]
    with patch.object(icap, "scan", side_effect=ScanFailedError("500")), pytest.raises(ScanFailedError):
        uploaded(two, b"y" * 1500)
    with two.deps.db.read() as session:
        files.append(session.scalars(select(File.id).where(File.virus_scan_status == "error")).one())
    body = {"action": "release", "reason": "Checked.", "file_ids": files}
    released = two.client.post("/api/v1/admin/decisions", json=body).json["data"]
    assert (released["done"], sweep(two.deps).rescans) == (4, 0)
    {"clamd": two.scanner, "icap": icap}[newer].signatures = "3"
    sweep(two.deps)
    assert due(two, *files) == expected


def test_each_set_of_scanners_has_its_own_generations(app: App) -> None:
    calls = (("a", "clamd"), ("a", "icap"), ("a", "clamd+icap"), ("a", "clamd"), ("a", "icap"))
    assert [generation_of(app.deps, *call) for call in calls] == [1, 2, 3, 1, 2]


def test_health_reports_both_scanners(two: App, icap: FakeScanner) -> None:
    path = f"{FILE}/virus-scanner/health"
    assert two.client.get(path).json == success(
        {"status": "ok", "engine": "Fake 1.0/1 + icap/1", "signatures": None, "max_size": 2048, "advice": []}
    )
    icap.down = True
    answer = two.client.get(path)
    assert (answer.status_code, answer.json["errors"]) == (503, ["[icap] it cannot be reached"])
    assert two.client.get("/api/health/ready").json["data"]["scanner"] == "down"


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        (CLEAN, ("released", "Other-Virus")),
        (ENCRYPTED, ("unscannable", "encrypted: x")),
        (ScanVerdict("infected", "Third-Virus"), ("infected", "Third-Virus")),
    ],
)
def test_an_allowed_finding_of_a_scanner_does_not_skip_the_other(
    two: App, icap: FakeScanner, second: ScanVerdict, verdict: tuple[str, str]
) -> None:
    entry = {"kind": "signature", "value": "Other-Virus", "reason": "Our own file."}
    assert two.client.post("/api/v1/admin/allowlist", json=entry).status_code == 201
    two.scanner.says, icap.says = INFECTED, second
    assert judged(two, policy="both") == (*verdict, "Fake 1.0/1 + icap/1")
