"""`longshore config`: which service gets a key, and how the key is read."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from longshore.cli.exits import ASKED_WRONGLY, DONE, FAILED
from tests.support.client.command_line import Run
from tests.support.client.fake_service import FakeService

KEY = "lsk_0123_sesame"


def test_a_configured_key_is_sent_to_its_service_only(
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


def test_config_key_waits_for_the_whole_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipe does not block: a read without bytes is not the end of the line."""
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
