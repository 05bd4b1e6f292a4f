"""`longshore keys`: its output and its refusals."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from longshore.main import longshore, main
from service.settings import SettingsError
from tests.support.documents import block_of
from tests.support.matchers import A_TIME, Like
from tests.support.service.environments import GOOD
from tests.support.service_under_test import migrated_database

A_KEY = Like("lsk_[0-9a-f]{12}_[0-9a-f]{64}")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh database, in the environment that commands read."""
    made = f"sqlite:///{tmp_path}/keys.sqlite3"
    (tmp_path / "keys.sqlite3").write_bytes(migrated_database())
    for name, text in (GOOD | {"DATABASE_URL": made}).items():
        monkeypatch.setenv(name, text)
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(longshore, ["keys", *words])


def create(*more: str, subject: str = "ann", scope: str = "upload,read") -> Result:
    return run("create", "--name", "laptop", "--subject", subject, "--scope", scope, *more)


def test_standard_output_contains_only_the_key(url: str) -> None:
    made = create()
    assert (made.exit_code, made.stdout.strip()) == (0, A_KEY)
    assert made.stderr == "Key for ann (upload, read). Save it now, it cannot be shown again:\n"


def test_a_key_is_created_listed_and_revoked(url: str) -> None:
    made = json.loads(create("--json").stdout)
    prefix = made["prefix"]
    shown = {"prefix": prefix, "name": "laptop", "subject": "ann", "scopes": ["upload", "read"], "created_at": A_TIME}
    fresh = shown | {"expires_at": None, "last_used_at": None, "revoked_at": None}
    assert made == fresh | {"key": A_KEY}
    assert json.loads(run("list", "--json").stdout) == [fresh]
    words = [prefix, "upload,read", "last used never", "expires never", "ann", "laptop"]
    assert re.split(" {2,}", run("list").stdout.strip()) == words
    revoked = run("revoke", made["key"])
    assert (revoked.exit_code, revoked.stderr) == (0, "revoked\n")
    assert json.loads(run("list", "--json").stdout) == [fresh | {"revoked_at": A_TIME}]
    again = run("revoke", prefix)
    assert (again.exit_code, again.stderr.partition(":")[0]) == (1, "Error")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("90d", timedelta(days=90)),
        ("12h", timedelta(hours=12)),
        ("2999-01-31", datetime(2999, 1, 31, tzinfo=UTC)),
        ("2999-01-31T12:00:00+02:00", datetime(2999, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_key_expires_at_the_given_time(url: str, text: str, end: timedelta | datetime) -> None:
    begun = datetime.now(UTC)
    made = create("--json", "--expires", text)
    at = datetime.fromisoformat(json.loads(made.stdout)["expires_at"])
    if isinstance(end, datetime):
        assert at == end
    else:
        assert begun + end - timedelta(seconds=1) <= at <= datetime.now(UTC) + end
    output = create("--expires", text).stderr
    first, second = sorted(json.loads(run("list", "--json").stdout), key=lambda key: key["expires_at"])
    assert f"until {second['expires_at']}" in output
    assert f"expires {first['expires_at'][:10]}" in run("list").stdout


def test_the_manuals_key_for_a_device_can_only_upload(url: str) -> None:
    words = shlex.split(block_of("a device"))
    made = json.loads(CliRunner().invoke(longshore, [*words[1 + words.index("longshore") :], "--json"]).stdout)
    assert (made["name"], made["scopes"]) == ("scanner", ["upload"])
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=364) < left <= timedelta(days=365)


@pytest.mark.parametrize("text", ["2001-01-31", "tomorrow", "0d", "2999-01-31T12:00:00", "-1d", "1000000d", ""])
def test_invalid_expiry_times_are_refused(url: str, text: str) -> None:
    refused = create("--expires", text)
    assert (refused.exit_code, run("list", "--json").stdout) == (2, "[]\n")
    assert "is not 90d" in refused.stderr or "is in the past" in refused.stderr or "has no time zone" in refused.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"scope": "upload,give"}, "'give' is not one of upload, read, delete, grant, admin"),
        ({"scope": ""}, "'' is not one of upload, read, delete, grant, admin"),
        ({"subject": " ann"}, "visible characters"),
    ],
)
def test_create_refuses_invalid_scopes_and_subjects(url: str, words: dict[str, str], reason: str) -> None:
    refused = create(**words)
    assert (refused.exit_code, reason in refused.stderr) == (2, True)
    assert run("list", "--json").stdout == "[]\n"


def test_a_missing_environment_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    assert isinstance(run("list").exception, SettingsError)
    monkeypatch.setattr("sys.argv", ["longshore", "keys", "list"])
    with pytest.raises(SystemExit) as ended:
        main()
    text = capsys.readouterr().err
    assert (ended.value.code, text.count("\n"), "DATABASE_URL is not set; " in text, "?" in text) == (1, 1, True, False)
