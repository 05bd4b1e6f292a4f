"""The command line against a fake service: lists, links, wrong arguments, and what a command imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from longshore.cli.commands import ALL
from longshore.cli.exits import ASKED_WRONGLY, DONE, FAILED, MEANINGS
from longshore.cli.files import SORTS, VERDICTS
from longshore.client.values import FINAL_STAGES
from service.values import FILE_SORTS
from service.values.states import Stage, Verdict
from tests.support.client.command_line import Ended, Run
from tests.support.client.fake_service import FILE_ID, NEVER, FakeService
from tools.programs import ROOT, python_env

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


def test_links_are_created_listed_and_revoked(service: FakeService, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert service.requests[-1] == (f"POST {path}", sent, {"pin": "1"})
    assert json.loads(run("links", "create", FILE_ID, "--json").out) == made
    assert service.requests[-1] == (f"POST {path}", {"expires_in": 604_800, "disposition": "inline"}, None)
    line = "link-1  active    until 2999-01-01 00:00  1 of 3 downloads  password\n"
    assert run("links", "list", FILE_ID) == (DONE, line, "")
    assert json.loads(run("links", "list", FILE_ID, "--json").out) == LINK
    assert run("links", "revoke", FILE_ID, "link-1") == (DONE, "", "")
    assert json.loads(run("links", "revoke", FILE_ID, "link-1", "--json").out)["state"] == "revoked"
    assert run("links", "create", FILE_ID, "--expires-in", "soon").code == ASKED_WRONGLY


def test_list_sends_its_filters(service: FakeService, run: Run) -> None:
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
    assert [request.line for request in service.requests] == [line]


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
def test_wrong_usage_ends_before_any_request(
    service: FakeService, run: Run, payload: Path, words: tuple[str, ...]
) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (ASKED_WRONGLY, "")
    assert "sesame" not in ended.err
    assert service.calls == {}


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
def test_an_argument_that_is_not_utf_8_is_refused(
    service: FakeService, run: Run, payload: Path, words: tuple[str, ...]
) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (ASKED_WRONGLY, "")
    assert "A given text is not UTF-8. Use UTF-8 for names, details and ids." in ended.err
    assert service.calls["complete"] == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(run: Run, shell: str) -> None:
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
def test_a_command_imports_no_packages_that_it_does_not_need(modules: str, rest: set[str]) -> None:
    """Runs in a new process, as these packages are imported here already."""
    heavy = {"jobs", "flask", "sqlalchemy", "boto3", "redis", "marshmallow", "requests", *rest}
    code = f"import sys, {modules}; print(sorted({heavy!r} & set(sys.modules)))"
    env = {**os.environ, **python_env()}
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_verdicts_sorts_and_stages_equal_those_of_the_service() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert set(SORTS) == set(FILE_SORTS)
    assert set(Stage) - FINAL_STAGES == {Stage.UPLOADING, Stage.COMPLETING, Stage.QUEUED, Stage.SCANNING}


def test_the_exit_codes_are_those_of_the_manual() -> None:
    manual = (ROOT / "docs" / "cli.md").read_text()
    assert [code for code, meaning in MEANINGS.items() if f"| {code} | {meaning} |" not in manual] == []
