"""The command line against a fake service: what it prints, how it ends, what it keeps, and what it never shows."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from longshore.cli.commands import ALL
from longshore.cli.exits import (
    ASKED_WRONGLY,
    DONE,
    FAILED,
    MEANINGS,
    NOT_CLEAN,
    NOT_FOUND,
    OTHER_BYTES,
    REFUSED,
    STOPPED,
    UNREACHABLE,
)
from longshore.cli.files import SORTS, VERDICTS
from longshore.cli.terminal.names import safe_name
from longshore.cli.terminal.words import plain
from longshore.cli.transfers import journal
from longshore.client.values import FINAL_STAGES
from service.values import FILE_SORTS
from service.values.states import Stage, Verdict
from tests.support.client.command_line import Ended, Run
from tests.support.client.fake_service import CHUNK, FILE_ID, NEVER, UPLOAD_ID, FakeService, Say
from tests.support.client.screen import screen
from tests.support.programs.processes import running
from tools.programs import ROOT, python_env, python_module

KEY = "lsk_0123_sesame"
ENOUGH = ("--tries", "1")
WIDE = 250
"""Columns of a terminal in which no line of these tests is broken."""


@pytest.fixture
def payload(run: Run) -> Path:
    path = Path("bytes.bin")
    path.write_bytes(bytes(2 * CHUNK + 1))
    return path


def test_an_upload_for_people_for_scripts_and_as_json(run: Run, payload: Path) -> None:
    assert run("upload", "bytes.bin") == (DONE, f"{FILE_ID}  clean  bytes.bin\n", "")
    assert run("upload", "-q", "bytes.bin") == (DONE, f"{FILE_ID}\n", "")
    told = json.loads(run("upload", "--json", "bytes.bin").out)
    assert told | {"file": None} == {
        "path": "bytes.bin",
        "file": None,
        "open_upload_id": None,
        "parts_found": 0,
        "compared_by": [],
        "stored_before": False,
        "error": None,
    }
    assert told["file"]["id"] == FILE_ID


LINK = {
    "link_id": "link-1",
    "state": "active",
    "disposition": "inline",
    "has_password": True,
    "max_downloads": 3,
    "downloads": 1,
    "last_used_at": None,
    "created_by": "ann",
    "created_at": NEVER,
    "expires_at": NEVER,
    "revoked_at": None,
}


def test_links(service: FakeService, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/api/v1/file/{FILE_ID}/links"
    made = {"link_id": "link-1", "url": "https://files.example/api/v1/links/lsl_x", "expires_at": NEVER}
    service.answers |= {
        f"POST {path}": made,
        f"GET {path}?limit=200": {"items": [LINK], "next_cursor": None},
        f"DELETE {path}/link-1": LINK | {"state": "revoked"},
    }
    limits = ("--expires-in", "12h", "--max-downloads", "3", "--attachment", "--credential", "pin=1")
    Path("password").write_text("seven seas\n")
    with Path("password").open() as given:
        monkeypatch.setattr("sys.stdin", given)
        assert run("links", "create", FILE_ID, *limits, "--password") == (DONE, f"{made['url']}\n", "")
    sent = {"expires_in": 43200, "max_downloads": 3, "password": "seven seas", "disposition": "attachment"}
    assert service.asked[-1] == (f"POST {path}", sent, {"pin": "1"})
    assert json.loads(run("links", "create", FILE_ID, "--json").out) == made
    assert service.asked[-1] == (f"POST {path}", {"expires_in": 604_800, "disposition": "inline"}, None)
    line = "link-1  active    until 2999-01-01 00:00  1 of 3 downloads  password\n"
    assert run("links", "list", FILE_ID) == (DONE, line, "")
    assert json.loads(run("links", "list", FILE_ID, "--json").out) == LINK
    assert run("links", "revoke", FILE_ID, "link-1") == (DONE, "", "")
    assert json.loads(run("links", "revoke", FILE_ID, "link-1", "--json").out)["state"] == "revoked"
    assert run("links", "create", FILE_ID, "--expires-in", "soon").code == ASKED_WRONGLY


def test_what_is_asked_for_is_sent(service: FakeService, run: Run, payload: Path) -> None:
    words = ("--name", "x.pdf", "--user", "u", "--detail", '{"a": 1}', "--credential", "pin=1=2", "--checksum", "none")
    words += ("--policy", "p", "--replaces", "f0", "--replaced-credential", "pin=2")
    assert run("upload", "bytes.bin", *words, "--part-size", "5500000", "--no-wait").code == DONE
    kind = {"filename": "x.pdf", "content_type": "application/pdf"}
    wish = {"size": 2 * CHUNK + 1, "chunk_size": 6 << 20, "policy": "p", "replaces": "f0"}
    assert service.bodies["init"] == [kind | wish]
    sent = service.bodies["complete"][0]
    assert (sent["user_id"], sent["detail"], sent["credential"]) == ("u", {"a": 1}, {"pin": "1=2"})
    assert sent["replaces"] == "f0"
    of_old = [service.headers[name][0].get("X-File-Credential") for name in ("init", "complete")]
    assert of_old == ['{"pin": "2"}'] * 2
    assert service.calls["status"] == 0


def test_a_list_is_narrowed_as_asked(service: FakeService, run: Run) -> None:
    words = ("--from", "2026-01-01", "--until", "2026-02-01T12:00:00", "--min-size", "1kB", "--max-size", "5MiB")
    query = {
        "content_type": "image/*",
        "created_from": "2026-01-01T00:00:00Z",
        "created_until": "2026-02-01T12:00:00Z",
        "min_size": 1000,
        "max_size": 5 << 20,
        "detail": ["invoice_id:42", "note:a=b"],
        "limit": 200,
    }
    line = f"GET /api/v1/file/all?{urlencode(query, doseq=True)}"
    service.answers[line] = {"items": [], "next_cursor": None}
    words += ("--detail", "invoice_id=42", "--detail", "note=a=b")
    assert run("list", *words, "--content-type", "image/*") == Ended(DONE, "", "")
    assert [asked.line for asked in service.asked] == [line]


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--from", "yesterday"),
        ("upload",),
        ("upload", "-"),
        ("upload", "-", "bytes.bin", "--name", "x"),
        ("upload", "a", "b", "--name", "x"),
        ("upload", "a", "b", "--replaces", "f0"),
        ("upload", "bytes.bin", "--replaced-credential", "pin=2"),
        ("upload", "bytes.bin", "--credential", "sesame"),
        ("upload", "bytes.bin", "--detail", "[1]"),
        ("upload", "bytes.bin", "--limit", "fast"),
        ("upload", "bytes.bin", "--part-size", "1MB"),
        ("upload", "bytes.bin", "--parallel", "0"),
        ("upload", "bytes.bin", "--token", "x"),
        ("resume", "unknown"),
        ("resume", "--file", "bytes.bin"),
        ("download", FILE_ID, "-o", "bytes.bin"),
        ("delete", FILE_ID),
        ("list", "--user", "u", "--appointment", "a"),
        ("config", "url", "ftp://x"),
        ("config", "url", "http://ann:sesame@x"),
        ("no-such-command",),
    ],
)
def test_what_is_asked_for_wrongly(service: FakeService, run: Run, payload: Path, words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (ASKED_WRONGLY, "")
    assert "sesame" not in ended.err
    assert service.calls == {}


@pytest.mark.parametrize(
    ("endpoint", "said", "code"),
    [
        ("init", Say(401, "login_required"), REFUSED),
        ("init", Say(403, "scope_missing"), REFUSED),
        ("init", Say(413, "quota_exceeded"), REFUSED),
        ("complete", Say(422, "invalid_body"), REFUSED),
        ("chunk", Say(409, "upload_expired"), NOT_FOUND),
        ("chunk", Say(503, "storage_unavailable"), UNREACHABLE),
        ("init", Say(0), UNREACHABLE),
        ("put", Say(500, "InternalError"), UNREACHABLE),
        ("complete", Say(409, "checksum_mismatch"), FAILED),
        ("status", Say(404, "file_not_found"), NOT_FOUND),
        ("status", Say(404, "not_found"), ASKED_WRONGLY),
    ],
)
def test_each_failure_has_its_exit_code(
    service: FakeService, run: Run, payload: Path, endpoint: str, said: Say, code: int
) -> None:
    service.checks = set()
    service.saying[endpoint] = [said]
    ended = run("upload", "bytes.bin", *ENOUGH)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith("longshore: bytes.bin: ")


def test_a_receipt_goes_where_it_is_wanted(service: FakeService, run: Run, payload: Path) -> None:
    shown, kept = run("receipt", FILE_ID), run("receipt", FILE_ID, "-o", "receipt.jws", "--credential", "pin=1")
    assert (shown.code, shown.out, kept.code, kept.out) == (DONE, "signed\n", DONE, "")
    assert payload.with_name("receipt.jws").read_text() == "signed\n"
    assert json.loads(service.headers["receipt"][1]["X-File-Credential"]) == {"pin": "1"}
    service.saying["receipt"] = [Say(409, "verdict_pending"), Say(404, "receipts_off")]
    assert [run("receipt", FILE_ID).code for _ in range(2)] == [FAILED, NOT_FOUND]


def test_of_several_files_each_is_told_and_the_first_failure_counts(
    service: FakeService, run: Run, payload: Path
) -> None:
    ended = run("upload", "--json", "gone.bin", "bytes.bin")
    told = {line["path"]: line for line in map(json.loads, ended.out.splitlines())}
    assert (ended.code, told["gone.bin"]["error"]["code"]) == (FAILED, "file_unreadable")
    assert told["bytes.bin"]["file"]["id"] == FILE_ID


def test_a_verdict_that_is_not_clean(service: FakeService, run: Run, payload: Path) -> None:
    service.stage, service.verdict, service.result = "quarantined", "infected", "Win.Test.EICAR_HDB-1"
    named = "longshore: bytes.bin: infected (Win.Test.EICAR_HDB-1): it cannot be downloaded\n"
    assert run("upload", "bytes.bin") == (NOT_CLEAN, f"{FILE_ID}  infected  bytes.bin\n", named)
    service.has_link = False
    assert run("download", FILE_ID, "-o", "x") == (
        NOT_CLEAN,
        "",
        "longshore: The file bytes.bin is not available: quarantined (infected: Win.Test.EICAR_HDB-1)."
        " It cannot be downloaded; unless it was deleted, `longshore status` shows its verdict.\n",
    )
    assert run("upload", "--no-wait", "bytes.bin").code == DONE
    assert run("status", FILE_ID, "--watch").code == NOT_CLEAN
    service.result = "Eicar\x1b"
    assert run("status", FILE_ID).out.endswith("(Eicar?)\n")


def test_a_failed_upload_is_resumed(service: FakeService, run: Run, payload: Path) -> None:
    service.saying["complete"] = [Say(503, "storage_unavailable")]
    ended = run("upload", "bytes.bin", "--json", *ENOUGH)
    assert json.loads(ended.out)["open_upload_id"] == UPLOAD_ID
    assert f"longshore resume {UPLOAD_ID}" in ended.err
    entry = journal.find(UPLOAD_ID)
    assert entry is not None
    assert (entry.path, entry.size, entry.url) == (str(payload.absolute()), 2 * CHUNK + 1, service.url)
    sent = service.calls["put"]
    ended = run("resume")
    assert (ended.code, ended.out) == (DONE, f"{FILE_ID}  clean  {payload.absolute()}\n")
    assert "3 parts were already in storage, compared by MD5" in ended.err
    assert (service.calls["put"], service.calls["init"]) == (sent, 1)
    assert run("resume").err == "longshore: no uploads to resume\n"


def left_behind(service: FakeService, payload: Path, **changes: object) -> None:
    """As if an upload of the file had been killed."""
    found = payload.stat()
    entry = {
        "upload_id": UPLOAD_ID,
        "file_id": FILE_ID,
        "url": service.url,
        "path": str(payload.absolute()),
        "size": found.st_size,
        "mtime_ns": found.st_mtime_ns,
        "chunk_size": CHUNK,
        "expires_at": NEVER,
    }
    journal.remember(journal.Entry(**(entry | changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "carried_on"),
    [
        ({}, True),
        ({"mtime_ns": 1}, False),
        ({"url": "http://other"}, False),
        ({"private": True}, False),
        ({"expires_at": "2001-01-01T00:00:00Z"}, False),
        ({"details": {"filename": "x"}}, False),
    ],
)
def test_only_an_upload_of_the_same_file_is_resumed_automatically(
    service: FakeService, run: Run, payload: Path, changes: dict[str, object], carried_on: bool
) -> None:
    service.size, service.parts = 2 * CHUNK + 1, {0: bytes(CHUNK)}
    left_behind(service, payload, **changes)
    assert run("upload", "bytes.bin").code == DONE
    assert (service.calls["init"], service.calls["put"]) == ((0, 2) if carried_on else (1, 3))


def test_an_upload_that_had_arrived_is_forgotten(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload)
    service.parts = {0: payload.read_bytes()}
    service.saying["retry"] = [Say(400, "file_in_progress")]
    assert (run("upload", "bytes.bin").code, service.calls["init"], journal.entries()) == (DONE, 0, [])


def test_an_upload_that_is_gone_starts_again(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload)
    service.saying["retry"] = [Say(409, "upload_expired")]
    assert run("upload", "bytes.bin").code == DONE
    assert (service.calls["init"], journal.entries()) == (1, [])


def test_an_upload_that_is_over_is_forgotten_and_one_that_is_not_found_is_not(
    service: FakeService, run: Run, payload: Path
) -> None:
    left_behind(service, payload)
    service.saying["retry"] = [Say(404, "upload_not_found"), Say(409, "upload_aborted")]
    assert (run("resume").code, len(journal.entries())) == (NOT_FOUND, 1)
    assert (run("resume").code, journal.entries()) == (NOT_FOUND, [])
    left_behind(service, payload, expires_at="2001-01-01T00:00:00Z")
    assert run("resume").err == "longshore: no uploads to resume\n"


def test_an_upload_that_is_aborted_is_ended_there_and_forgotten_here(
    service: FakeService, run: Run, payload: Path
) -> None:
    left_behind(service, payload)
    ended = run("abort", UPLOAD_ID)
    assert (ended.code, service.calls["abort"], journal.entries()) == (DONE, 1, [])
    assert run("resume").err == "longshore: no uploads to resume\n"
    left_behind(service, payload)
    service.saying["abort"] = [Say(409, "upload_completed")]
    assert (run("abort", UPLOAD_ID).code, len(journal.entries())) == (FAILED, 1)


def test_one_id_that_is_refused_does_not_keep_the_others_from_being_done(
    service: FakeService, run: Run, payload: Path
) -> None:
    service.saying["delete"] = [Say(404, "file_not_found")]
    deleted = run("delete", "one", "two", "three", "--yes")
    assert (deleted.code, service.calls["delete"]) == (NOT_FOUND, 3)
    assert deleted.err.startswith("longshore: one: ")
    assert deleted.err.count("\n") == 1
    left_behind(service, payload)
    service.saying["abort"] = [Say(409, "upload_completed")]
    ended = run("abort", "another", UPLOAD_ID)
    assert (ended.code, service.calls["abort"], journal.entries()) == (FAILED, 2, [])


def test_an_upload_that_another_process_is_at_is_left_alone(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload)
    with journal.locked(UPLOAD_ID) as mine:
        assert mine
        ended = run("resume", UPLOAD_ID)
    assert (ended.code, "Another process is sending" in ended.err) == (FAILED, True)
    assert service.calls["retry"] == 0


def test_a_private_upload_never_becomes_public_by_resuming(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload, private=True)
    assert run("resume", UPLOAD_ID).code == ASKED_WRONGLY
    assert service.calls == {}
    service.size = 2 * CHUNK + 1
    assert run("resume", UPLOAD_ID, "--credential", "pin=1").code == DONE
    assert service.bodies["complete"][0]["credential"] == {"pin": "1"}


def test_the_journal_holds_nothing_that_opens_anything(service: FakeService, run: Run, payload: Path) -> None:
    service.saying["complete"] = [Say(503, "storage_unavailable")]
    run("upload", "bytes.bin", "--credential", "pin=4711", *ENOUGH)
    (path,) = Path("../state/longshore/uploads").glob("*.json")
    text = path.read_text()
    assert ("4711" in text, "/parts/" in text, stat.S_IMODE(path.stat().st_mode)) == (False, False, 0o600)


def test_an_upload_that_cannot_be_remembered_is_sent_all_the_same(
    service: FakeService, run: Run, payload: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    ended = run("upload", "bytes.bin")
    assert (ended.code, "cannot be recorded for `longshore resume` (Not a directory)" in ended.err) == (DONE, True)
    assert (ended.out, service.content) == (f"{FILE_ID}  clean  bytes.bin\n", payload.read_bytes())


def test_a_download_lands_under_a_harmless_name(service: FakeService, run: Run) -> None:
    service.parts = {0: b"hello"}
    named = service.file({}) | {"download_url": f"{service.url}/object", "filename": "../../etc/\x1b[31mpasswd"}
    service.get = lambda _body: named  # type: ignore[method-assign]
    ended = run("download", FILE_ID)
    assert (ended.code, "\x1b" in ended.out) == (DONE, False)
    assert [path.name for path in Path().iterdir()] == ["_.._etc__[31mpasswd"]
    assert run("download", FILE_ID, "-o", "x", "--json").code == DONE
    assert run("download", FILE_ID, "-o", "x").code == ASKED_WRONGLY
    assert run("download", FILE_ID, "-o", "x", "--force", "-q").out == "x\n"


def test_a_download_to_standard_output(service: FakeService, run: Run) -> None:
    service.parts = {0: bytes(range(256))}
    command = python_module("longshore.main", "download", FILE_ID, "-o", "-")
    done = subprocess.run(command, env={**os.environ, **python_env()}, cwd=ROOT, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (bytes(range(256)), b"-  256 B  verified by size\n")
    assert run("download", FILE_ID, "-o", "./-").out == "-  256 B  verified by size\n"
    assert Path("-").read_bytes() == bytes(range(256))


def test_what_a_download_writes_over_and_what_it_writes_to(service: FakeService, run: Run) -> None:
    service.parts = {0: b"hello"}
    Path("real").write_text("old")
    Path("link").symlink_to("real")
    Path("nowhere").symlink_to("not there")
    Path("folder").mkdir()
    for name in ("real", "link", "nowhere"):
        assert run("download", FILE_ID, "-o", name).code == ASKED_WRONGLY
    assert (Path("real").read_text(), Path("not there").exists()) == ("old", False)
    assert run("download", FILE_ID, "-o", "link", "--force").code == DONE
    assert (Path("link").is_symlink(), Path("real").read_text()) == (True, "hello")
    assert run("download", FILE_ID, "-o", "/dev/null").out == "/dev/null  5 B  verified by size\n"
    assert Path("/dev/null").is_char_device()
    assert run("download", FILE_ID, "-o", "folder", "-q").out == "folder/bytes.bin\n"


@pytest.mark.parametrize("words", [("-q",), (), ("--json",)])
def test_names_that_are_no_text(service: FakeService, run: Run, words: tuple[str, ...]) -> None:
    """caf\\xe9.txt, as an old file system has it."""
    Path("caf\udce9.txt").write_bytes(b"x")
    ended = run("upload", *words, "caf\udce9.txt")
    assert (ended.code, service.bodies["init"][0]["filename"]) == (DONE, "caf\ufffd.txt")
    assert ended.err == (
        "longshore: caf?.txt: this name is not UTF-8; uploading as caf\ufffd.txt (use --name to choose another)\n"
    )
    assert run("upload", *words, "--name", "café.txt", "caf\udce9.txt").err == ""
    path = str(Path("caf\udce9.copy").absolute())
    command = python_module("longshore.main", "download", FILE_ID, "-o", path, *words)
    done = subprocess.run(command, env={**os.environ, **python_env()}, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    assert words != ("-q",) or done.stdout == os.fsencode(f"{path}\n")
    assert Path("caf\udce9.copy").read_bytes() == b"x"


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--search", "\udce9"),
        ("status", "\udce9"),
        ("status", FILE_ID, "--credential", "pin=\udce9"),
        ("users", "create", "\udce9"),
        ("upload", "bytes.bin", "--detail", '{"a": "\udce9"}'),
    ],
    # none with a backslash: pytest escapes it again each time it collects in one process, as mutmut has it do
    ids=["list", "status", "credential", "users", "detail"],
)
def test_other_words_have_to_be_text(service: FakeService, run: Run, payload: Path, words: tuple[str, ...]) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (ASKED_WRONGLY, "")
    assert "A given text is not UTF-8. Use UTF-8 for names, details and ids." in ended.err
    assert service.calls["complete"] == 0


def test_a_download_with_other_bytes(service: FakeService, run: Run) -> None:
    service.parts, service.checksum = {0: b"hello"}, "SHA256:AAAA"
    assert run("download", FILE_ID, "-o", "x").code == OTHER_BYTES
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "/", "a" * 300, "ß" * 300, "\u202e", "con\nfig", ".hidden"])
def test_a_name_is_one_name_of_this_folder(name: str) -> None:
    made = safe_name(name)
    assert made
    assert Path(made).name == made
    assert not made.startswith(".")
    assert len(made.encode()) <= 255


def test_a_terminal_is_shown_no_tricks() -> None:
    assert plain("a\x1b]0;x\x07\u202eb\n") == "a?]0;x??b?"


def test_the_configuration_keeps_a_key_for_its_service_alone(
    service: FakeService, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LONGSHORE_URL")
    assert run("whoami").code == ASKED_WRONGLY
    assert run("config", "url", service.url).code == DONE
    (tmp_path / "key").write_text(f"{KEY}\n")
    with (tmp_path / "key").open() as given:
        monkeypatch.setattr("sys.stdin", given)
        assert run("config", "key") == (DONE, "", "")
    file = tmp_path / "config" / "longshore" / "config.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = run("config", "show").out + run("config", "show", "--json").out
    assert (service.url in shown, str(file) in shown, KEY in shown) == (True, True, False)
    run("whoami")
    assert service.headers["me"][-1]["Authorization"] == f"Bearer {KEY}"
    monkeypatch.setenv("LONGSHORE_URL", service.url.replace("127.0.0.1", "localhost"))
    run("whoami")
    assert "Authorization" not in service.headers["me"][-1]
    monkeypatch.setenv("LONGSHORE_TOKEN", "other")
    run("whoami")
    assert service.headers["me"][-1]["Authorization"] == "Bearer other"
    file.chmod(0o644)
    assert (run("whoami").code, KEY in run("whoami").err) == (FAILED, False)
    file.chmod(0o600)
    monkeypatch.delenv("LONGSHORE_URL")
    run("config", "forget-key")
    run("config", "url", "http://elsewhere")
    assert json.loads(file.read_text()) == {"url": "http://elsewhere", "key": None}


def test_a_key_that_comes_late_is_kept_whole(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a pipe that does not block: nothing for the moment is not the end of the line."""
    run("config", "url", "https://files.example")
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    pieces = [b"lsk_0123", b"_sesame\nmore"]

    def write_on(*_: object) -> None:
        os.write(writing, pieces.pop(0))

    monkeypatch.setattr("longshore.client.uploads.readable._wait", write_on)
    with os.fdopen(reading) as given:
        monkeypatch.setattr("sys.stdin", given)
        assert run("config", "key") == (DONE, "", "")
    os.close(writing)
    assert json.loads(Path("../config/longshore/config.json").read_text())["key"] == KEY


def test_retry_says_what_an_open_upload_lacks_and_shows_no_url(service: FakeService, run: Run) -> None:
    service.size = 3 * CHUNK
    assert f"longshore resume {UPLOAD_ID}" in run("retry", FILE_ID).err
    assert "http" not in run("retry", FILE_ID, "--json").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(run: Run, shell: str) -> None:
    assert "_LONGSHORE_COMPLETE" in run("completion", shell).out


def test_a_command_without_its_packages_names_what_it_needs(
    run: Run, payload: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("keys", "verify"):
        monkeypatch.setitem(ALL, name, ALL[name]._replace(place="no_such_package:command"))
    keys, verify = run("keys", "list"), run("verify", "receipt")
    assert "docker compose exec api python3 -m longshore.main keys`" in keys.err
    assert "install longshore[verify]" in verify.err
    assert (keys.code, verify.code) == (FAILED, FAILED)
    assert run("upload", "bytes.bin").out == f"{FILE_ID}  clean  bytes.bin\n"


def test_bars_go_to_the_terminal_and_lines_to_the_pipe(service: FakeService, run: Run, payload: Path) -> None:
    other = payload.with_name("other.bin")
    other.write_bytes(b"other")
    with on_a_terminal("upload", str(payload.absolute()), str(other.absolute())) as (process, terminal):
        shown = the_rest(terminal)
        told, _ = process.communicate()
    assert process.returncode == DONE
    assert sorted(told.splitlines()) == sorted(f"{FILE_ID}  clean  {path.absolute()}" for path in (payload, other))
    assert [words for words in ("/here/bytes.bin ", "/here/other.bin ", " of 2 files ") if words not in shown] == []


def test_standard_input_is_sent_from_where_the_shell_has_left_it(service: FakeService, run: Run) -> None:
    path = Path("bytes.bin")
    path.write_bytes(b"header\nthe rest")
    command = python_module("longshore.main", "upload", "-", "--name", "rest.bin")
    with path.open("rb", buffering=0) as opened:
        opened.seek(len(b"header\n"))
        subprocess.run(command, env={**os.environ, **python_env()}, cwd=ROOT, stdin=opened, check=True)
    assert service.content == b"the rest"


def test_after_ctrl_c_the_last_line_shows_how_to_resume(service: FakeService, run: Run, payload: Path) -> None:
    service.saying["put"] = [Say(503, "SlowDown")] * 1000
    with on_a_terminal("upload", str(payload.absolute())) as (process, terminal):
        shown = ""
        while "uploading" not in shown:
            shown += os.read(terminal, 1000).decode(errors="replace")
        process.send_signal(signal.SIGINT)
        *_, before, last = the_rest(terminal).rstrip().splitlines()
    assert process.returncode == STOPPED
    assert before.endswith("longshore: stopped; uploaded parts stay in storage")
    assert last == f"longshore: to resume: longshore resume {UPLOAD_ID}"


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_a_terminal_shows_a_line_for_each_file_and_no_bars_in_the_end(
    service: FakeService, run: Run, monkeypatch: pytest.MonkeyPatch, quiet: tuple[str, ...]
) -> None:
    paths = [Path(f"{number}.bin").absolute() for number in range(5)]
    for path in paths:
        path.write_bytes(bytes(2 * CHUNK))
    # what is said besides the lines of the files
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    with on_a_terminal("upload", *quiet, *map(str, paths), "/nowhere/gone.bin", out=True) as (process, terminal):
        shown = screen(the_rest(terminal))
    ids = [line for line in shown if line.startswith(FILE_ID)]
    assert sorted(ids) == sorted(FILE_ID if quiet else f"{FILE_ID}  clean  {path}" for path in paths)
    told = [line for line in shown if line not in ids]
    assert [line for line in told if not line.startswith("longshore: ")] == []
    assert [line for line in told if "cannot be recorded" not in line] == [
        "longshore: /nowhere/gone.bin cannot be read: No such file or directory."
        " Check that the file exists and is readable."
    ]
    assert process.returncode == FAILED


@contextmanager
def on_a_terminal(*words: str, out: bool = False) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command line as a process of its own, and the terminal that its standard error is.

    out: whether its standard output is that terminal too.
    """
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDE, 0, 0))
    env = {**os.environ, **python_env(), "TERM": "xterm"}
    command = python_module("longshore.main", *words)
    goes_to = its if out else subprocess.PIPE
    with running(command, env=env, cwd=ROOT, stdout=goes_to, stderr=its, text=True) as process:
        os.close(its)
        try:
            yield process, ours
        finally:
            os.close(ours)


def the_rest(terminal: int) -> str:
    """All output until no process has the terminal open, which Linux reports as an error."""
    shown = b""
    with suppress(OSError):
        while piece := os.read(terminal, 100_000):
            shown += piece
    return shown.decode(errors="replace")


@pytest.mark.parametrize(
    ("modules", "rest"),
    [
        (
            "longshore.main, longshore.cli.transfers.upload, longshore.cli.transfers.download, longshore.cli.files",
            {"jwt", "service"},
        ),
        ("longshore.cli.verify", set[str]()),
    ],
)
def test_what_a_command_has_no_need_of_is_not_imported(modules: str, rest: set[str]) -> None:
    """In a process of its own: here all of it is imported already."""
    heavy = {"jobs", "flask", "sqlalchemy", "boto3", "redis", "marshmallow", "requests", *rest}
    code = f"import sys, {modules}; print(sorted({heavy!r} & set(sys.modules)))"
    env = {**os.environ, **python_env()}
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_words_are_those_of_the_service() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert set(SORTS) == set(FILE_SORTS)
    assert set(Stage) - FINAL_STAGES == {Stage.UPLOADING, Stage.COMPLETING, Stage.QUEUED, Stage.SCANNING}


def test_the_exit_codes_are_those_of_the_manual() -> None:
    manual = (ROOT / "docs" / "cli.md").read_text()
    assert [code for code, meaning in MEANINGS.items() if f"| {code} | {meaning} |" not in manual] == []
