"""Programs that are started as forks of a warm process run as `python -m` runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from service.crashpoints import VARIABLE
from service.settings import Settings
from tools.programs import ROOT
from tools.stack.processes.warm import PRELOADED, PROGRAMS, WarmProcess, can_run

PROGRAM = """
import atexit, json, os, sys, time
if __name__ == "__main__":
    seen = {"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "leads": os.getsid(0) == os.getpid()}
    print(json.dumps(seen))
    atexit.register(print, "the end")
    if sys.argv[1:] == ["wait"]:
        time.sleep(600)
    sys.exit(3)
"""

STATE = """
import os, sys
if __name__ == "__main__":
    if sys.argv[1:] != ["alone"]:
        import service.server
    from service import crashpoints
    from service.observability.metrics import PARTS_SIGNED, REQUEST_SECONDS, UPLOADS
    PARTS_SIGNED.inc(2)
    seconds = REQUEST_SECONDS.labels("GET", "/", "200")
    seconds.observe(1)
    UPLOADS.labels("completed", "").inc()
    values = [PARTS_SIGNED._value, seconds._sum, UPLOADS.labels("completed", "")._value]
    print(crashpoints._folder, [(type(value).__name__, value.get()) for value in values])
    files = os.listdir(os.environ.get("PROMETHEUS_MULTIPROC_DIR", "."))
    print(sorted(name.split("_")[0] for name in files if str(os.getpid()) in name))
"""

NAMES_READ = f"""
import importlib, os
read, get = set(), os._Environ.__getitem__
os._Environ.__getitem__ = lambda self, name: read.add(name) or get(self, name)
for each in {PRELOADED!r}:
    importlib.import_module(each)
print(*read)
"""

PACKAGES = {"gunicorn", "service.admin.doctor"}
"""Programs that are packages: their module __main__ runs."""

READ_TWICE = """
from botocore.loaders import JSONFileLoader
from tools.stack.processes import preread
read = dict(preread._read)
first, second = ([JSONFileLoader().load_file(path) for path in read] for _ in range(2))
same = [one is other for one, other in zip(first, read.values())]
again = [one is other for one, other in zip(first, second)]
print(first == second, all(same), any(again), len(read))
"""


def started(folder: Path, *words: str) -> WarmProcess:
    """Start PROGRAM; its output is in the file `out`."""
    (folder / "shown.py").write_text(PROGRAM)
    env = {"PYTHONPATH": str(folder), "ONLY": "this"}
    return WarmProcess([sys.executable, "-m", "shown", *words], env, folder, folder / "out")


def test_a_fork_has_its_own_arguments_environment_folder_and_session(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before\n")
    process = started(tmp_path, "one", "two")
    assert (process.wait(), process.poll()) == (3, 3)
    before, shown, end = (tmp_path / "out").read_text().splitlines()
    env = {"PYTHONPATH": str(tmp_path), "ONLY": "this"}
    assert (before, end) == ("before", "the end")
    assert json.loads(shown) == {"argv": ["one", "two"], "env": env, "cwd": str(tmp_path), "leads": True}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_a_warm_process(tmp_path: Path, number: signal.Signals) -> None:
    process = started(tmp_path, "wait")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    (process.kill if number is signal.SIGKILL else process.terminate)()
    assert (process.wait(), process.returncode) == (-number, -number)


def test_can_run_accepts_only_our_programs_with_this_pythons_settings() -> None:
    argv, env = [sys.executable, "-m", "jobs.worker"], dict(os.environ)
    assert {program for program in PROGRAMS if can_run([*argv[:2], program, "--help"], env)} == PROGRAMS
    assert not can_run(argv, env | {"PYTHONHASHSEED": "7"})
    assert not can_run([sys.executable, "-m", "http.server"], env)
    assert not can_run(["/usr/bin/python3", "-m", "jobs.worker"], env)


def test_no_program_is_imported_before_it_runs() -> None:
    code = f"import sys, {', '.join(PRELOADED)}; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()
    assert "service.app" in imported
    assert not {"service.server", "service.admin.doctor.__main__", *PROGRAMS - PACKAGES} & set(imported)


def test_preloaded_modules_read_only_settings_that_a_fork_rereads() -> None:
    done = subprocess.run([sys.executable, "-c", NAMES_READ], capture_output=True, check=True, text=True)
    again = {VARIABLE, "PROMETHEUS_MULTIPROC_DIR"}
    settings = {each.name.upper() for each in fields(Settings)}
    assert (settings | again) & set(done.stdout.split()) == again


@pytest.mark.parametrize("words", [["alone"], ["--config=python:service.server"]], ids=["alone", "gunicorn"])
def test_a_fork_uses_crash_points_and_metrics_of_its_environment(tmp_path: Path, words: list[str]) -> None:
    """A new Python has the same values, also for a program that chooses the folder of its metrics."""
    (tmp_path / "shown.py").write_text(STATE)
    (tmp_path / "crash").mkdir(mode=0o700)
    (tmp_path / "metrics").mkdir()
    path = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    for env in (path, path | {VARIABLE: f"{tmp_path}/crash", "PROMETHEUS_MULTIPROC_DIR": f"{tmp_path}/metrics"}):
        argv, out = [sys.executable, "-m", "shown", *words], tmp_path / "out"
        assert WarmProcess(argv, env, tmp_path, out, tmp_path / "err").wait() == 0, (tmp_path / "err").read_text()
        usual = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, check=True, text=True).stdout
        assert out.read_text() == usual
        assert (str(tmp_path / "crash") in usual) == (VARIABLE in env)
        assert ("MmapedValue" in usual) == (words != ["alone"] or VARIABLE in env)
        out.unlink()


def test_preread_files_equal_what_botocore_loads() -> None:
    """A client may change the data, so a process gets it once, and reads it from disk afterwards."""
    done = subprocess.run([sys.executable, "-c", READ_TWICE], capture_output=True, check=True, text=True)
    assert done.stdout == "True True False 6\n"
