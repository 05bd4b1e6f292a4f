"""GET /receipt: its contents and permissions; and `longshore verify`."""

from __future__ import annotations

import json
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event, update

from longshore.cli.verify import MAX_JSON, _in_words
from longshore.main import longshore
from longshore.receipts.signatures import JWKS_PATH, ReceiptSigner, checked
from service.db.models import Upload
from service.values.access.caller import Scope
from tests.support.fakes import SIGNATURE
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ETAG, Like, failure, success
from tests.support.service_under_test import CHUNK, FILE, App, rebuilt

KEY, OTHER = "0b" * 32, "0c" * 32
BODY = b"x" * CHUNK + b"hello"
CREDENTIAL = {"pin": "1234"}
HEADER = {"X-File-Credential": '{"pin": "1234"}'}
UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"


@pytest.fixture
def signing(app: App) -> App:
    app.scanner.max_size = 2 * CHUNK
    return rebuilt(app, receipts=ReceiptSigner(KEY))


def ask(app: App, file_id: str, **options: Any) -> Any:
    return app.client.get(f"{FILE}/receipt/{file_id}", **options)


def published(app: App) -> Any:
    answer = app.client.get(JWKS_PATH)
    assert (answer.status_code, answer.content_type) == (200, "application/jwk-set+json")
    return answer.json


def contents_of(app: App, file_id: str, **options: Any) -> dict[str, Any]:
    """The contents of a receipt whose signature was checked with the published keys."""
    answer = ask(app, file_id, **options)
    assert answer.status_code == 200, answer.json
    data = answer.json["data"]
    contents, key_id = checked(data["receipt"], published(app)["keys"])
    assert answer.json == success({"receipt": data["receipt"], "contents": contents})
    assert key_id == published(app)["keys"][0]["kid"]
    return contents


def etag(body: bytes) -> str:
    return f'"{md5(body).hexdigest()}"'


def test_a_receipt_contains_every_field(signing: App) -> None:
    file = signing.ready(BODY, filename="ü.txt")
    assert contents_of(signing, file["id"]) == {
        "version": 1,
        "file_id": file["id"],
        "upload_id": file["upload_id"],
        "subject": None,
        "user_id": None,
        "appointment_id": None,
        "filename": "ü.txt",
        "content_type": "text/plain",
        "detected_content_type": "text/plain",
        "policy": "default",
        "grant_id": None,
        "adoption_id": None,
        "size": len(BODY),
        "etag": AN_ETAG,
        "checksum_algorithm": None,
        "checksum": None,
        "chunk_size": CHUNK,
        "total_chunks": 2,
        "parts": [
            {"part_number": 1, "size": CHUNK, "etag": etag(b"x" * CHUNK), "checksum": None},
            {"part_number": 2, "size": 5, "etag": etag(b"hello"), "checksum": None},
        ],
        "virus_scan_status": "clean",
        "virus_scan_result": None,
        "virus_scan_date": A_TIME,
        "scanned_with": "Fake 1.0/1",
        "is_quarantined": False,
        "decision": None,
        "created_at": A_TIME,
        "completed_at": file["created_at"],
        "issued_at": A_TIME,
    }


def test_a_file_without_a_verdict_has_no_receipt_yet(signing: App) -> None:
    answer = ask(signing, signing.upload()["id"])
    assert (answer.status_code, answer.json) == (409, failure("verdict_pending"))
    assert answer.headers["Retry-After"] == "2"


def test_an_infected_file_has_a_receipt(signing: App) -> None:
    contents = contents_of(signing, signing.ready(SIGNATURE)["id"])
    verdict = {"virus_scan_status": "infected", "virus_scan_result": "Fake-Virus", "is_quarantined": True}
    assert {name: contents[name] for name in verdict} == verdict


def test_the_receipt_of_a_released_file_contains_the_decision(signing: App) -> None:
    file_id = signing.ready(SIGNATURE)["id"]
    body = {"action": "release", "file_ids": [file_id], "reason": "Checked."}
    assert signing.client.post("/api/v1/admin/decisions", json=body).status_code == 201
    contents = contents_of(signing, file_id)
    decision = {"action": "release", "by": "anonymous", "at": A_TIME, "reason": "Checked."}
    assert (contents["virus_scan_status"], contents["virus_scan_result"], contents["decision"]) == (
        "released",
        "Fake-Virus",
        decision,
    )
    assert _in_words(contents, "key").endswith(
        f"decision: release by anonymous, {contents['decision']['at']}: Checked."
    )


def test_a_file_whose_object_was_replaced_has_no_receipt(signing: App) -> None:
    file = signing.get(signing.ready(b"hello")["id"]).json["data"]
    bucket, _, key = file["path"].partition("/")
    signing.s3.put_object(Bucket=bucket, Key=key, Body=b"HELLO")
    assert signing.untrusted().get(file["id"]).json["data"]["is_quarantined"] is True
    answer = ask(signing, file["id"])
    assert (answer.status_code, answer.json) == (409, failure("file_quarantined"))


def test_without_a_signing_key_there_are_no_receipts(app: App) -> None:
    answer = ask(app, app.ready()["id"])
    assert (answer.status_code, answer.json) == (404, failure("receipts_off"))
    assert published(app) == {"keys": []}


def test_the_receipt_of_a_private_file_requires_its_credential(signing: App) -> None:
    file_id = signing.ready(credential=CREDENTIAL)["id"]
    answer = ask(signing, file_id)
    assert (answer.status_code, answer.json) == (403, failure("wrong_credential"))
    contents = contents_of(signing, file_id, headers=HEADER)
    assert "1234" not in json.dumps(contents)


def test_another_subject_gets_no_receipt(signing: App) -> None:
    locked = signing.with_settings(login="on")
    ann, device, bob = login(locked, "ann"), login(locked, "ann", Scope.UPLOAD), login(locked, "bob")
    file_id = ann.ready()["id"]
    assert contents_of(device, file_id)["subject"] == "ann"
    for app, wanted in ((bob, file_id), (ann, UNKNOWN_ID)):
        answer = ask(app, wanted)
        assert (answer.status_code, answer.json) == (404, failure("file_not_found"))
    assert ask(locked, file_id).status_code == 401
    assert published(locked)["keys"]


def test_the_receipt_of_an_older_file_has_no_parts(signing: App) -> None:
    file = signing.ready(BODY)
    with signing.deps.db.write() as session:
        session.execute(update(Upload).values(parts=None))
    contents = contents_of(signing, file["id"])
    assert (contents["parts"], contents["chunk_size"], contents["total_chunks"]) == (None, None, 2)
    assert signing.status(file["id"]).json["data"]["chunk_size"] is None


def test_old_receipts_stay_valid_after_a_key_rotation(signing: App) -> None:
    file_id = signing.ready()["id"]
    old = ask(signing, file_id).json["data"]["receipt"]
    retired = ReceiptSigner(KEY).public_key
    rotated = rebuilt(signing.with_settings(receipt_retired=(retired,)), receipts=ReceiptSigner(OTHER))
    assert checked(old, published(rotated)["keys"])[0]["file_id"] == file_id
    contents_of(rotated, file_id)


def test_get_list_and_status_do_not_load_the_stored_parts(signing: App) -> None:
    file_id = signing.ready()["id"]
    statements: list[str] = []
    event.listen(signing.deps.db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    signing.get(file_id)
    signing.client.get(f"{FILE}/all")
    signing.status(file_id)
    assert [text for text in statements if "uploads.parts" in text.partition("FROM")[0]] == []


# longshore verify


def verify(*words: object) -> Result:
    return CliRunner().invoke(longshore, ["verify", *map(str, words)])


@pytest.fixture
def kept(signing: App, tmp_path: Path) -> Path:
    """A folder with the API's answer, the keys, the file and another one."""
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "keys.json").write_bytes(signing.client.get(JWKS_PATH).data)
    (folder / "file").write_bytes(BODY)
    (folder / "other").write_bytes(BODY[:-1] + b"O")
    return folder


def keep(kept: Path, app: App, file_id: str) -> Path:
    path = kept / "receipt.json"
    path.write_bytes(ask(app, file_id).data)
    return path


def test_verify_works_offline_with_a_stored_receipt_and_keys(signing: App, kept: Path) -> None:
    receipt = keep(kept, signing, signing.ready(BODY)["id"])
    done = verify(receipt, kept / "file", "--keys", kept / "keys.json")
    assert (done.exit_code, done.stderr) == (0, "bytes: identical, compared by size, the MD5 (ETag) of 2 parts\n")
    assert done.stdout.splitlines()[0].startswith("genuine: signed with the key ")
    assert done.stdout.splitlines()[3].startswith("verdict: clean by Fake 1.0/1, 2026-01-02T")
    bare = kept / "receipt.jws"
    bare.write_text(json.loads(receipt.read_text())["data"]["receipt"])
    plain = verify("--json", bare, "--keys", kept / "keys.json")
    assert json.loads(plain.stdout) == json.loads(receipt.read_text())["data"]["contents"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (BODY[:-1] + b"O", "part 2 has a different MD5"),
        (BODY[:-1], "shorter than the 5242885 bytes"),
        (BODY + b"!", "longer than the 5242885 bytes"),
        (b"", "shorter"),
    ],
)
def test_verify_reports_different_bytes(signing: App, kept: Path, body: bytes, reason: str) -> None:
    receipt = keep(kept, signing, signing.ready(BODY)["id"])
    (kept / "other").write_bytes(body)
    done = verify(receipt, kept / "other", "--keys", kept / "keys.json")
    assert (done.exit_code, reason in done.stderr) == (1, True), done.output


def test_verify_reports_a_receipt_that_is_not_genuine(signing: App, kept: Path) -> None:
    receipt = keep(kept, signing, signing.ready(BODY)["id"])
    (kept / "others.json").write_text(json.dumps({"keys": [{"kty": "RSA"}, "x", {"kty": "OKP", "crv": "Ed25519"}]}))
    (kept / "empty").write_text("{}")
    forged = receipt.read_text().replace(json.loads(receipt.read_text())["data"]["receipt"][-8:-4], "AAAA")
    (kept / "forged").write_text(forged)
    reasons = {
        (receipt, kept / "others.json"): "signed with the key '.+', which is not one of the given keys",
        (kept / "empty", kept / "keys.json"): "the file contains no receipt",
        (kept / "forged", kept / "keys.json"): ".*signature.*",
    }
    for (what, keys), reason in reasons.items():
        done = verify(what, kept / "file", "--keys", keys)
        assert (done.exit_code, done.stdout, done.stderr) == (1, "", Like(f"Error: not genuine: {reason}\n"))


def test_verify_reports_missing_or_unreadable_keys_and_files(signing: App, kept: Path) -> None:
    receipt = keep(kept, signing, signing.ready(BODY)["id"])
    (kept / "none").write_text("no keys")
    (kept / "no-set").write_text("{}")
    (kept / "no-key").write_text('{"keys": []}')
    (kept / "endless").write_bytes(b" " * (MAX_JSON + 1))
    unread = r"the keys cannot be read \({}\); give a JWK Set"
    for words, message in {
        (receipt,): "no keys to check with; give --keys FILE, or --url with the service's URL",
        (receipt, "--url", "ftp://files.example"): "--url must be an http:// or https:// URL",
        (receipt, "--keys", kept / "none"): unread.format("Expecting value: line 1 .*"),
        (receipt, "--keys", kept / "no-set"): unread.format("'keys'"),
        (receipt, "--url", "http://127.0.0.1:9"): unread.format(".*Connection refused.*"),
        (receipt, "--keys", kept / "no-key"): "the set of keys is empty: .+",
        (kept / "endless", "--keys", kept / "keys.json"): "the file has more than 8388608 bytes, .+",
    }.items():
        done = verify(*words)
        assert (done.exit_code, done.stdout, done.stderr) == (2, "", Like(f"(Usage: .+\n\n)?Error: {message}\n")), words


def test_verify_needs_a_checksum_in_the_receipt_to_compare_the_bytes(signing: App, kept: Path) -> None:
    """It compares the size alone, and refuses a receipt of a newer version."""
    signer, made = ReceiptSigner(KEY), contents_of(signing, signing.ready(BODY)["id"])
    unknown = {"parts": None, "checksum": None, "etag": '"of-an-encrypted-object"'}
    (kept / "receipt").write_text(signer.sign(made | unknown))
    for name, code, message in (
        ("file", 2, "the size is the same, but the receipt contains no checksum to compare the bytes with"),
        ("shorter", 1, "different file: the file is shorter than the 5242885 bytes of the receipt"),
    ):
        (kept / "shorter").write_bytes(BODY[:-1])
        done = verify(kept / "receipt", kept / name, "--keys", kept / "keys.json")
        assert (done.exit_code, done.stderr) == (code, f"Error: {message}\n")
    (kept / "receipt").write_text(signer.sign(made | {"version": 2}))
    done = verify(kept / "receipt", "--keys", kept / "keys.json")
    newer = "Error: the receipt is genuine, but from a newer version of Longshore; update this one\n"
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", newer)
