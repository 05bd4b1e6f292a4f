"""What the tests of the client share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore import Client
from longshore.main import main
from tests.support.client.command_line import Ended, Run
from tests.support.client.fake_service import AT_ONCE, BODY, FakeService
from tests.support.client.observer import TOKEN


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService() as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of BODY."""
    path = tmp_path / "bytes.bin"
    path.write_bytes(BODY)
    return path


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
def client(service: FakeService) -> Iterator[Client]:
    with Client(service.url, TOKEN, retry=AT_ONCE, connections=(2, 2)) as made:
        yield made


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    path = tmp_path / "bytes.bin"
    path.write_bytes(BODY)
    return path
