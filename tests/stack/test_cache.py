"""Folders that are created once per machine, completely or not at all, and the Pythons of the stores' environments."""

import pytest

from tools.cache import kept
from tools.stack.processes.part import PartError
from tools.stack.stores import store_env
from tools.stack.stores.localstack import LocalStack


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LONGSHORE_CACHE", str(tmp_path / "cache"))


def fill(folder):
    folder.mkdir()
    (folder / "file").touch()


def test_a_cached_folder_is_created_once(tmp_path):
    assert list(kept("lab", fill).iterdir()) == [tmp_path / "cache" / "lab" / "file"]
    assert kept("lab", lambda _fresh: pytest.fail("it is there")) == tmp_path / "cache" / "lab"


def test_an_incomplete_folder_is_never_used(tmp_path):
    def fail(folder):
        folder.mkdir()
        (folder / "half").touch()
        raise PartError("no network")

    for _ in range(2):
        with pytest.raises(PartError):
            kept("lab", fail)
        assert not (tmp_path / "cache" / "lab").exists()
    assert [file.name for file in kept("lab", fill).iterdir()] == ["file"]


@pytest.fixture
def pythons(tmp_path, monkeypatch):
    """A machine on which the only python3.13 is pyenv's stand-in for one that is switched off."""
    for folder in ("shims", "versions/3.13.1/bin"):
        (tmp_path / folder).mkdir(parents=True)
    shim = tmp_path / "shims" / "python3.13"
    write_program(shim, "exit 127")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(store_env, "find", lambda _name: str(shim))
    return tmp_path


def write_program(path, command):
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


def test_a_python_that_does_not_run_is_ignored(pythons):
    assert store_env.find_python("3.13") is None
    assert LocalStack.available() == "LocalStack needs Python 3.13 with its venv module, which is not installed"


def test_a_python_of_pyenv_is_found(pythons):
    python = pythons / "versions" / "3.13.1" / "bin" / "python3.13"
    write_program(python, "exit 0")
    assert store_env.find_python("3.13") == str(python)
    assert LocalStack.available() is None


def test_a_failed_installation_leaves_no_environment(tmp_path):
    write_program(tmp_path / "python", "echo no network >&2; exit 1")
    with pytest.raises(PartError, match="no network"):
        store_env.environment("ministack", str(tmp_path / "python"))
    assert not list((tmp_path / "cache").glob("ministack-????????????"))


def test_the_version_is_the_pinned_one():
    assert store_env.version("ministack", "ministack").count(".") == 2
