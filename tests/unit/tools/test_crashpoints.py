"""Crash points: the list matches the code, and they have no effect unless a test arms them."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import crashpoints
from service.crashpoints import NAMES, POINTS, VARIABLE, CrashFolderError, crash_folder, die_where_armed, reach
from tools.docs.crash_map import TARGET, text
from tools.programs import ROOT

DIE = "from service.crashpoints import reach; reach('init.begun'); print('alive')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "crash"
    made.mkdir(mode=0o700)
    return made


def reached_in_the_code() -> Iterator[ast.expr]:
    """Return the arguments of every call of `reach` in the service."""
    for path in sorted((ROOT / "service").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reach":
                yield from node.args


def run(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_page_shows_every_crash_point() -> None:
    assert TARGET.read_text() == text(), "run: python -m tools.docs.crash_map"


def test_every_point_is_reached_at_one_place() -> None:
    """By a literal in the code, so that no request can choose it."""
    found = [ast.literal_eval(argument) for argument in reached_in_the_code()]
    assert sorted(found) == sorted(point.name for point in POINTS)


def test_every_point_describes_the_state_after_a_crash() -> None:
    assert len(NAMES) == len(POINTS)
    assert [point.name for point in POINTS if not all(point) or point.name.count(".") != 1] == []


def test_crash_points_have_no_effect_in_production() -> None:
    assert crash_folder({}) is None
    assert crash_folder({VARIABLE: ""}) is None
    assert crashpoints._folder is None
    reach("no such point, without a check")


def test_a_folder_that_others_may_enter_is_refused(folder: Path) -> None:
    folder.chmod(0o755)
    with pytest.raises(CrashFolderError):
        crash_folder({VARIABLE: str(folder)})


def test_relative_linked_and_missing_folders_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "link").symlink_to(folder)
    monkeypatch.chdir(folder.parent)
    for name in ("crash", str(folder / "link")):
        with pytest.raises(CrashFolderError):
            crash_folder({VARIABLE: name})
    with pytest.raises(FileNotFoundError):
        crash_folder({VARIABLE: str(folder / "nothing")})


def test_a_process_survives_a_point_that_is_not_armed(folder: Path) -> None:
    (folder / "init.row_written").touch()
    die_where_armed(folder, "init.begun")
    assert [path.name for path in folder.iterdir()] == ["init.row_written"]


def test_an_unknown_point_raises_an_error(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"complete\.done is not in the list"):
        die_where_armed(folder, "complete.done")


def test_a_process_dies_once_at_an_armed_point(folder: Path) -> None:
    (folder / "init.begun").touch()
    assert run(DIE, **{VARIABLE: str(folder)}).returncode == -signal.SIGKILL
    assert run(DIE, **{VARIABLE: str(folder)}).stdout == "alive\n"


def test_the_process_named_in_the_file_is_killed_too(folder: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        (folder / "init.begun").write_text(str(other.pid))
        assert run(DIE, **{VARIABLE: str(folder)}).returncode == -signal.SIGKILL
        assert other.wait(10) == -signal.SIGKILL
