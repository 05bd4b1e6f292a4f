"""`longshore keys`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from longshore.main import longshore, main
from migrations.run import upgrade
from service.settings import SettingsError
from tests.matchers import A_TIME, Like
from tests.unit.test_settings import GOOD

A_KEY = Like("lsk_[0-9a-f]{12}_[0-9a-f]{64}")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh database, in the environment that commands read."""
    made = f"sqlite:///{tmp_path}/keys.sqlite3"
    upgrade(made)
    for name, text in (GOOD | {"DATABASE_URL": made}).items():
        monkeypatch.setenv(name, text)
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(longshore, ["keys", *words])


def create(*more: str, subject: str = "ann", scope: str = "upload,read") -> Result:
    return run("create", "--name", "laptop", "--subject", subject, "--scope", scope, *more)


def test_the_key_alone_is_on_standard_output(url: str) -> None:
    made = create()
    assert (made.exit_code, made.stdout.strip()) == (0, A_KEY)
    assert made.stderr == "A key for ann (upload, read). It is shown this once only:\n"


def test_from_made_to_revoked(url: str) -> None:
    made = json.loads(create("--json").stdout)
    prefix = made["prefix"]
    shown = {"prefix": prefix, "name": "laptop", "subject": "ann", "scopes": ["upload", "read"], "created_at": A_TIME}
    fresh = shown | {"last_used_at": None, "revoked_at": None}
    assert made == fresh | {"key": A_KEY}
    assert json.loads(run("list", "--json").stdout) == [fresh]
    assert run("list").stdout == f"{prefix}  upload,read         last used never             ann  laptop\n"
    revoked = run("revoke", made["key"])
    assert (revoked.exit_code, revoked.stderr) == (0, "revoked\n")
    assert json.loads(run("list", "--json").stdout) == [fresh | {"revoked_at": A_TIME}]
    again = run("revoke", prefix)
    assert (again.exit_code, again.stderr.partition(":")[0]) == (1, "Error")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"scope": "upload,delete"}, "'delete' is none of upload, read, admin"),
        ({"scope": ""}, "'' is none of upload, read, admin"),
        ({"subject": " ann"}, "visible characters"),
    ],
)
def test_what_it_refuses(url: str, words: dict[str, str], reason: str) -> None:
    refused = create(**words)
    assert (refused.exit_code, reason in refused.stderr) == (2, True)
    assert run("list", "--json").stdout == "[]\n"


def test_without_its_environment_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    assert isinstance(run("list").exception, SettingsError)
    monkeypatch.setattr("sys.argv", ["longshore", "keys", "list"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, "DATABASE_URL is not set" in capsys.readouterr().err) == (1, True)
