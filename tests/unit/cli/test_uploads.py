"""`longshore upload`: requests, output, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from longshore.cli.exits import ASKED_WRONGLY, DONE, FAILED, NOT_CLEAN, NOT_FOUND, REFUSED, UNREACHABLE
from tests.support.client.command_line import Run
from tests.support.client.fake_service import CHUNK, FILE_ID, Failure, FakeService
from tools.programs import ROOT, python_env, python_module

ENOUGH = ("--tries", "1")


def test_upload_prints_a_line_an_id_or_json(run: Run, payload: Path) -> None:
    assert run("upload", "bytes.bin") == (DONE, f"{FILE_ID}  clean  bytes.bin\n", "")
    assert run("upload", "-q", "bytes.bin") == (DONE, f"{FILE_ID}\n", "")
    result = json.loads(run("upload", "--json", "bytes.bin").out)
    assert result | {"file": None} == {
        "path": "bytes.bin",
        "file": None,
        "open_upload_id": None,
        "parts_found": 0,
        "compared_by": [],
        "stored_before": False,
        "error": None,
    }
    assert result["file"]["id"] == FILE_ID


def test_upload_sends_its_options(service: FakeService, run: Run, payload: Path) -> None:
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


@pytest.mark.parametrize(
    ("endpoint", "failure", "code"),
    [
        ("init", Failure(401, "login_required"), REFUSED),
        ("init", Failure(403, "scope_missing"), REFUSED),
        ("init", Failure(413, "quota_exceeded"), REFUSED),
        ("complete", Failure(422, "invalid_body"), REFUSED),
        ("chunk", Failure(409, "upload_expired"), NOT_FOUND),
        ("chunk", Failure(503, "storage_unavailable"), UNREACHABLE),
        ("init", Failure(0), UNREACHABLE),
        ("put", Failure(500, "InternalError"), UNREACHABLE),
        ("complete", Failure(409, "checksum_mismatch"), FAILED),
        ("status", Failure(404, "file_not_found"), NOT_FOUND),
        ("status", Failure(404, "not_found"), ASKED_WRONGLY),
    ],
)
def test_each_failure_has_its_exit_code(
    service: FakeService, run: Run, payload: Path, endpoint: str, failure: Failure, code: int
) -> None:
    service.checks = set()
    service.failures[endpoint] = [failure]
    ended = run("upload", "bytes.bin", *ENOUGH)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith("longshore: bytes.bin: ")


def test_upload_reports_each_file_and_returns_the_first_failure(service: FakeService, run: Run, payload: Path) -> None:
    ended = run("upload", "--json", "gone.bin", "bytes.bin")
    results = {line["path"]: line for line in map(json.loads, ended.out.splitlines())}
    assert (ended.code, results["gone.bin"]["error"]["code"]) == (FAILED, "file_unreadable")
    assert results["bytes.bin"]["file"]["id"] == FILE_ID


def test_an_infected_file_is_reported_and_not_downloaded(service: FakeService, run: Run, payload: Path) -> None:
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


@pytest.mark.parametrize("words", [("-q",), (), ("--json",)])
def test_a_name_that_is_not_utf_8_is_changed_with_a_warning(
    service: FakeService, run: Run, words: tuple[str, ...]
) -> None:
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


def test_standard_input_is_sent_from_its_current_position(service: FakeService, run: Run) -> None:
    path = Path("bytes.bin")
    path.write_bytes(b"header\nthe rest")
    command = python_module("longshore.main", "upload", "-", "--name", "rest.bin")
    with path.open("rb", buffering=0) as opened:
        opened.seek(len(b"header\n"))
        subprocess.run(command, env={**os.environ, **python_env()}, cwd=ROOT, stdin=opened, check=True)
    assert service.content == b"the rest"
