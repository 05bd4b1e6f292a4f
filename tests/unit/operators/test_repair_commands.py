"""`longshore check`, `recover`, `relocate`, `owners`: output, exit codes and refusals."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from longshore.main import longshore
from service.db.models import File
from service.values import Erased
from service.values.formats.ids import new_id
from tests.jobs.storage.test_check import place, ready
from tests.support.login import login
from tests.support.service.environments import GOOD
from tests.support.service_under_test import FILE, App, end, make_app_under_test


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """A world whose settings are in the environment that commands read."""
    with mock_aws():
        made = make_app_under_test(tmp_path)
        settings = made.deps.settings
        own = {name: getattr(settings, name.lower()) for name in GOOD}
        for name, text in own.items():
            monkeypatch.setenv(name, text)
        yield made
        end(made)


def run(*words: str) -> Result:
    return CliRunner().invoke(longshore, list(words))


COMMANDS = ("check", "recover", "relocate old new", "owners give ann", "keys list", "webhooks list", "doctor")


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_leaves_no_connection_open(app: App, words: str) -> None:
    gc.disable()  # it would close connections without a reference at some time
    try:
        ended = run(*words.split())
        still_open = [path for path in open_files() if path.startswith(str(app.deps.settings.web_root.parent))]
    finally:
        gc.enable()
    assert isinstance(ended.exception, SystemExit | None), ended.exception
    assert still_open == []


def open_files() -> list[str]:
    """The paths of this process' open files."""
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    return [os.path.realpath(f"{folder}/{number}") for number in os.listdir(folder)]


def test_check_lists_lost_files_and_fails(app: App) -> None:
    fine, lost = ready(app, b"fine"), ready(app, b"lost")
    assert (run("check").exit_code, run("check").stdout) == (0, "files=2 bytes=8\nall files are in storage\n")
    app.s3.delete_object(**place(lost))
    checked = run("check")
    line = f"lost  {lost['id']}  {lost['path']}  4 bytes, storage has nothing"
    assert (checked.exit_code, checked.stdout) == (1, f"{line}\nfiles=2 bytes=8\nlost=1\n")
    assert checked.stderr == f"files=2 bytes=8 --from {max(fine['path'], lost['path'])}\n"
    assert run("check", "--mark").stdout.splitlines()[0] == f"{line}, marked"
    found = {"file_id": lost["id"], "kind": "lost", "path": lost["path"], "size": 4, "found": "nothing", "done": None}
    assert [json.loads(text) for text in run("check", "--json").stdout.splitlines()] == [
        found,
        {"files": 2, "bytes": 8, "lost": 1},
    ]
    assert run("check", "--from", max(fine["path"], lost["path"])).stdout.startswith("files=0 bytes=0\n")


def test_recover_counts_the_files_that_it_creates(app: App) -> None:
    app.s3.put_object(Bucket="longshore-private", Key=new_id(), Body=b"old")
    counts = {"looked_at": 1, "files": 1, "bytes": 3, "quarantined": 0, "sealed": 1, "without_metadata": 1}
    counts |= {"moved": 0, "left_over": 0}
    assert json.loads(run("recover", "--dry-run", "--json").stdout) == counts
    assert (app.count(File), json.loads(run("recover", "--json").stdout)) == (0, counts)
    again = json.loads(run("recover", "--open", "--json").stdout)
    assert again == dict.fromkeys(counts, 0) | {"looked_at": 1, "opened": 1}


def test_relocate_changes_the_bucket_of_each_row_once(app: App) -> None:
    for body in (b"one", b"two"):
        ready(app.published(), body)
    assert run("relocate", "longshore-public", "elsewhere").stdout == "rows=2\n"
    assert run("relocate", "longshore-public", "elsewhere").stdout == "rows=0\n"
    with app.deps.db.read() as session:
        assert {file.bucket for file in session.query(File)} == {"elsewhere"}


def test_owners_give_counts_the_assigned_rows(app: App) -> None:
    ready(app)
    given = {"users": 0, "appointments": 0, "files": 1, "uploads": 0, "bytes": 5}
    assert json.loads(run("owners", "give", "ann", "--dry-run", "--json").stdout) == given
    assert json.loads(run("owners", "give", "ann", "--json").stdout) == given
    assert json.loads(run("owners", "give", "ann", "--json").stdout) == dict.fromkeys(given, 0)


def test_owners_erase_deletes_a_subjects_files_and_keys(app: App) -> None:
    ready(login(app.with_settings(login="on"), "ann"))
    counted = run("owners", "erase", "ann", "--dry-run", "--json")
    erased = run("owners", "erase", "ann", "--reason", "case 4711", "--yes", "--json")
    everything = vars(Erased(keys=1, files=1, bytes=5))
    assert [json.loads(ended.stdout) for ended in (counted, erased)] == [everything, everything]
    assert (counted.exit_code, erased.exit_code, app.count(File)) == (0, 0, 0)


def test_owners_erase_requires_a_confirmation(app: App) -> None:
    ready(login(app.with_settings(login="on"), "ann"))
    declined = CliRunner().invoke(longshore, ["owners", "erase", "ann", "--reason", "case 4711"], input="n\n")
    assert (declined.exit_code, "Erase 1 files (5 bytes) of ann for ever?" in declined.stderr) == (1, True)
    assert app.count(File) == 1


def test_owners_erase_reports_files_on_legal_hold(app: App) -> None:
    file = ready(login(app.with_settings(login="on"), "ann"))
    wish = {"legal_hold": True, "reason": "case 4711"}
    assert app.client.patch(f"{FILE}/{file['id']}", json=wish).status_code == 200
    ended = run("owners", "erase", "ann", "--reason", "case 4711", "--yes")
    assert (ended.exit_code, app.count(File)) == (1, 1)
    assert "Left: 1 on_hold. Lift the legal holds" in ended.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("owners", "erase", " ann"), "visible characters"),
        (("owners", "erase", "ann"), "must have 1 to 400 characters"),
        (("owners", "erase", "ann", "--reason", "x" * 401), "must have 1 to 400 characters"),
        (("owners", "give", " ann"), "visible characters"),
        (("owners", "give", "system"), "which are reserved"),
        (("owners", "give", "ann", "--user", "me"), "is not a user id"),
        (("check", "--from", "key"), "is not BUCKET/KEY"),
    ],
)
def test_invalid_arguments_are_refused(app: App, words: tuple[str, ...], reason: str) -> None:
    refused = run(*words)
    assert (refused.exit_code, reason in refused.stderr) == (2, True)
