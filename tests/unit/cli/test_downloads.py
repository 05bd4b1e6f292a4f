"""`longshore download` and `receipt`: where the bytes are written, and under which names."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from longshore.cli.exits import ASKED_WRONGLY, DONE, FAILED, NOT_FOUND, OTHER_BYTES
from longshore.cli.terminal.names import safe_name
from tests.support.client.command_line import Run
from tests.support.client.fake_service import FILE_ID, Failure, FakeService
from tools.programs import ROOT, python_env, python_module


def test_a_receipt_is_written_to_standard_output_or_a_file(service: FakeService, run: Run, payload: Path) -> None:
    shown, kept = run("receipt", FILE_ID), run("receipt", FILE_ID, "-o", "receipt.jws", "--credential", "pin=1")
    assert (shown.code, shown.out, kept.code, kept.out) == (DONE, "signed\n", DONE, "")
    assert payload.with_name("receipt.jws").read_text() == "signed\n"
    assert json.loads(service.headers["receipt"][1]["X-File-Credential"]) == {"pin": "1"}
    service.failures["receipt"] = [Failure(409, "verdict_pending"), Failure(404, "receipts_off")]
    assert [run("receipt", FILE_ID).code for _ in range(2)] == [FAILED, NOT_FOUND]


def test_a_download_gets_a_safe_file_name(service: FakeService, run: Run) -> None:
    service.parts = {0: b"hello"}
    named = service.file({}) | {"download_url": f"{service.url}/object", "filename": "../../etc/\x1b[31mpasswd"}
    service.get = lambda _body: named  # type: ignore[method-assign]
    ended = run("download", FILE_ID)
    assert (ended.code, "\x1b" in ended.out) == (DONE, False)
    assert [path.name for path in Path().iterdir()] == ["_.._etc__[31mpasswd"]
    assert run("download", FILE_ID, "-o", "x", "--json").code == DONE
    assert run("download", FILE_ID, "-o", "x").code == ASKED_WRONGLY
    assert run("download", FILE_ID, "-o", "x", "--force", "-q").out == "x\n"


def test_download_writes_to_standard_output(service: FakeService, run: Run) -> None:
    service.parts = {0: bytes(range(256))}
    command = python_module("longshore.main", "download", FILE_ID, "-o", "-")
    done = subprocess.run(command, env={**os.environ, **python_env()}, cwd=ROOT, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (bytes(range(256)), b"-  256 B  verified by size\n")
    assert run("download", FILE_ID, "-o", "./-").out == "-  256 B  verified by size\n"
    assert Path("-").read_bytes() == bytes(range(256))


def test_download_replaces_an_existing_file_only_with_force(service: FakeService, run: Run) -> None:
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


def test_a_download_with_a_wrong_checksum_is_deleted(service: FakeService, run: Run) -> None:
    service.parts, service.checksum = {0: b"hello"}, "SHA256:AAAA"
    assert run("download", FILE_ID, "-o", "x").code == OTHER_BYTES
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "/", "a" * 300, "ß" * 300, "\u202e", "con\nfig", ".hidden"])
def test_safe_name_returns_a_single_name_in_this_folder(name: str) -> None:
    made = safe_name(name)
    assert made
    assert Path(made).name == made
    assert not made.startswith(".")
    assert len(made.encode()) <= 255
