"""Files by the type that their bytes show: blocked, renamed or accepted, by the rules that the upload keeps."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from service.db.models import Delivery, File
from service.detection import UNKNOWN, detector
from service.values import ScanVerdict
from tests.support.fakes import SIGNATURE
from tests.support.files.decisions import audits
from tests.support.service_under_test import App, rebuilt
from tools.detection.make_samples import SAMPLES

PROGRAM = (SAMPLES / "program.jpg.sample").read_bytes()
JPEG = (SAMPLES / "photo.jpg.sample").read_bytes()
EXE = "application/vnd.microsoft.portable-executable"
REASON = f"type_mismatch: the bytes are {EXE}; accepted are image/*"
IMAGES: dict[str, Any] = {"content_types": ("image/*",)}


def ruled(app: App, **rules: Any) -> App:
    app.scanner.max_size = 100_000
    return app.with_settings(policies={"pictures": rules}, webhooks=("https://hooks.example/in",))


def sent(app: App, body: bytes = PROGRAM, name: str = "me.jpg", kind: str = "image/jpeg", **completion: Any) -> str:
    """Upload a file under the policy, without its scan; return its id."""
    opened = app.send(body, policy="pictures", filename=name, content_type=kind)
    wish = app.completion(opened, body, filename=name, content_type=kind, **completion)
    answer = app.post("/upload/complete/", **wish)
    assert answer.status_code == 200, answer.json
    return str(opened["file_id"])


def shown(app: App, file_id: str, *names: str) -> tuple[Any, ...]:
    file = app.get(file_id).json["data"]
    return tuple(file[name] for name in names)


def events(app: App) -> list[str]:
    with app.deps.db.read() as session:
        return list(session.scalars(select(Delivery.event).order_by(Delivery.created_at)))


def test_a_program_named_like_a_picture_is_blocked(app: App) -> None:
    some = ruled(app, **IMAGES)
    file_id = sent(some)
    assert some.scan(file_id) == "blocked"
    file = some.get(file_id).json["data"]
    assert file["virus_scan_status"] == "blocked"
    assert (file["virus_scan_result"], file["quarantine_reason"]) == (REASON, REASON)
    assert (file["detected_content_type"], file["is_quarantined"], file["download_url"]) == (EXE, True, None)
    assert "/quarantine/" in file["path"]
    status = some.status(file_id).json["data"]
    assert (status["status"], status["stage"], status["detected_content_type"]) == ("FAILURE", "quarantined", EXE)
    assert audits(some, file_id) == [("scanner", "blocked", REASON), ("scanner", "quarantined", REASON)]
    assert events(some) == ["file.blocked"]
    answer = some.post("/upload/retry", file_id=file_id)
    assert (answer.status_code, answer.json["code"]) == (409, "file_quarantined")
    assert some.scan(file_id) == "nothing to scan"


def test_a_picture_of_an_accepted_type_is_served(app: App) -> None:
    some = ruled(app, **IMAGES)
    file_id = sent(some, JPEG)
    assert some.scan(file_id) == "clean"
    assert shown(some, file_id, "detected_content_type", "filename", "version") == ("image/jpeg", "me.jpg", 1)
    assert events(some) == ["file.ready"]


@pytest.mark.parametrize(
    ("rules", "kind", "verdict"),
    [
        ({}, "image/jpeg", "clean"),
        (IMAGES | {"type_mismatch": "allow"}, "image/jpeg", "clean"),
        (IMAGES | {"detected_types": (EXE,)}, "image/jpeg", "clean"),
        ({"detected_types": ("image/*",)}, "image/jpeg", "blocked"),
        ({"type_mismatch": "block"}, "image/jpeg", "blocked"),
        ({"type_mismatch": "block"}, "application/x-msdownload", "clean"),
        ({"type_mismatch": "block"}, "application/octet-stream", "clean"),
    ],
)
def test_each_rule_for_detected_types_gives_its_verdict(
    app: App, rules: dict[str, Any], kind: str, verdict: str
) -> None:
    some = ruled(app, **rules)
    file_id = sent(some, kind=kind)
    assert some.scan(file_id) == verdict
    assert shown(some, file_id, "detected_content_type") == (EXE,)


def test_the_default_policys_rule_applies_to_other_policies(app: App) -> None:
    some = app.with_settings(policies={"default": IMAGES, "pictures": {}, "programs": {"content_types": (EXE,)}})
    some.scanner.max_size = 100_000
    assert some.scan(sent(some)) == "blocked"


def test_an_upload_keeps_the_rules_of_its_start(app: App) -> None:
    file_id = sent(ruled(app, **IMAGES))
    later = app.with_settings(policies={"pictures": {"type_mismatch": "allow"}})
    assert later.scan(file_id) == "blocked"


def test_an_upload_that_an_earlier_version_started_is_not_blocked(app: App) -> None:
    some = ruled(app, **IMAGES)
    file_id = sent(some)
    with patch("service.domain.scanning.verdicts.rules_of_file", return_value={"content_types": ["image/*"]}):
        assert some.scan(file_id) == "clean"


def test_without_policies_no_file_is_blocked_for_its_type(app: App) -> None:
    app.scanner.max_size = 100_000
    plain = app.with_settings(allowed_content_types=("image/*",))
    file = plain.upload(PROGRAM, filename="me.jpg", content_type="image/jpeg")
    assert plain.scan(file["id"]) == "clean"
    assert shown(plain, file["id"], "detected_content_type") == (EXE,)


@pytest.mark.parametrize(
    ("name", "renamed", "changes"),
    [("me.jpg", "me.exe", {}), ("me", "me.exe", {"file_extension": "jpg"}), ("me.EXE", "me.EXE", {})],
)
def test_type_mismatch_rename_corrects_the_extension(
    app: App, name: str, renamed: str, changes: dict[str, Any]
) -> None:
    some = ruled(app, **IMAGES, type_mismatch="rename")
    file_id = sent(some, name=name, **changes)
    assert some.scan(file_id) == "clean"
    now = shown(some, file_id, "filename", "content_type", "version", "virus_scan_result")
    assert now == (renamed, EXE, 2, None)
    assert audits(some, file_id) == [("scanner", "renamed", REASON)]
    [url] = shown(some, file_id, "download_url")
    assert f"{renamed}%22" in url
    assert events(some) == ["file.ready"]
    with some.deps.db.read() as session:
        assert session.scalars(select(Delivery)).one().payload["data"]["file"]["filename"] == renamed


def test_a_published_copy_has_the_new_name(app: App) -> None:
    some = ruled(app.published(), **IMAGES, type_mismatch="rename")
    file_id = sent(some, b"plain text", name="me.png", kind="image/png")
    some.scan(file_id)
    bucket, key = shown(some, file_id, "path")[0].split("/", 1)
    head = some.s3.head_object(Bucket=bucket, Key=key)
    assert (head["ContentType"], head["ContentDisposition"]) == ("text/plain", 'inline; filename="me.txt"')


def test_a_name_that_the_client_changes_during_the_scan_is_kept(app: App) -> None:
    some = ruled(app, **IMAGES, type_mismatch="rename")
    file_id = sent(some)
    scan = some.scanner.scan

    def slow(*args: Any) -> ScanVerdict:
        answer = some.client.patch(f"/api/v1/file/{file_id}", json={"filename": "you.jpg"})
        assert answer.status_code == 200, answer.json
        return scan(*args)

    with patch.object(some.scanner, "scan", slow):
        some.scan(file_id)
    assert shown(some, file_id, "filename", "version") == ("you.exe", 3)


@pytest.mark.parametrize("mode", ["block", "rename"])
def test_an_infected_file_stays_infected(app: App, mode: str) -> None:
    some = ruled(app, **IMAGES, type_mismatch=mode)
    file_id = sent(some, PROGRAM + SIGNATURE)
    assert some.scan(file_id) == "infected"
    assert shown(some, file_id, "detected_content_type", "filename", "version") == (EXE, "me.jpg", 1)


@pytest.mark.parametrize(("unscannable", "verdict"), [("hold", "unscannable"), ("release", "blocked")])
def test_an_unscannable_file_of_a_wrong_type_is_blocked(app: App, unscannable: str, verdict: str) -> None:
    some = ruled(app, **IMAGES, unscannable=unscannable)
    some.scanner.says = ScanVerdict("unscannable", "encrypted: Zip")
    file_id = sent(some)
    some.scan(file_id)
    assert shown(some, file_id, "virus_scan_status", "is_quarantined", "detected_content_type") == (verdict, True, EXE)


@pytest.mark.parametrize("scanner", ["off", "small"])
def test_a_file_that_no_scanner_reads_has_no_detected_type(app: App, scanner: str) -> None:
    some = ruled(app, **IMAGES, unscannable="release")
    if scanner == "off":
        some = rebuilt(some, scanner=None)
    some.scanner.max_size = 100
    file_id = sent(some)
    some.scan(file_id)
    assert shown(some, file_id, "is_quarantined", "detected_content_type") == (False, None)


def test_an_empty_file_is_detected_as_x_empty(app: App) -> None:
    some = ruled(app, **IMAGES)
    file_id = sent(some, b"")
    assert some.scan(file_id) == "clean"
    assert shown(some, file_id, "detected_content_type") == ("application/x-empty",)


def test_a_verdict_before_the_first_byte_leaves_the_type_unknown(app: App) -> None:
    with patch.object(app.scanner, "scan", lambda _pieces, _size: ScanVerdict("infected", "at once")):
        file = app.ready()
    assert shown(app, file["id"], "virus_scan_status", "detected_content_type") == ("infected", None)


def test_an_error_in_type_detection_does_not_stop_the_scan(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector.filetype, "guess_mime", lambda _: 1 / 0)
    some = ruled(app, **IMAGES)
    file_id = sent(some, JPEG)
    assert some.scan(file_id) == "blocked"
    assert shown(some, file_id, "detected_content_type") == (UNKNOWN,)


def test_a_rescan_checks_the_detected_type_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a version that detects more types."""
    some = ruled(app, **IMAGES)
    file_id = sent(some)
    with monkeypatch.context() as blind:
        blind.setattr("service.domain.scanning.scans.detected_type", lambda *_args, **_kwargs: "image/png")
        assert some.scan(file_id) == "clean"
    with some.deps.db.write() as session:
        session.get_one(File, file_id).scan_due_at = some.clock()
    some.clock.forward(1)
    assert some.scan(file_id) == "blocked"
    assert shown(some, file_id, "download_url", "detected_content_type") == (None, EXE)
    assert events(some) == ["file.ready", "file.withdrawn"]
