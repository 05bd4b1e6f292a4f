"""Fixtures for tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.main import main
from tests.support.client.command_line import Ended, Run
from tests.support.client.fake_service import CHUNK, FakeService


@pytest.fixture
def run(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the command line in this process, in an environment and a folder of its own."""
    for name in ("LONGSHORE_TOKEN", "LONGSHORE_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in (("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("LONGSHORE_URL", service.url)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run_now(*words: str) -> Ended:
        monkeypatch.setattr("sys.argv", ["longshore", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Ended(code or 0, *capsys.readouterr())

    return run_now


@pytest.fixture
def payload(run: Run) -> Path:
    path = Path("bytes.bin")
    path.write_bytes(bytes(2 * CHUNK + 1))
    return path
