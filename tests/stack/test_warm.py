"""Programs that are started as forks of a warm process run as `python -m` runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_it_has_its_words_environment_folder_and_session(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before\n")
    process = started(tmp_path, "one", "two")
    assert (process.wait(), process.poll()) == (3, 3)
    before, shown, end = (tmp_path / "out").read_text().splitlines()
    env = {"PYTHONPATH": str(tmp_path), "ONLY": "this"}
    assert (before, end) == ("before", "the end")
    assert json.loads(shown) == {"argv": ["one", "two"], "env": env, "cwd": str(tmp_path), "leads": True}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    process = started(tmp_path, "wait")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    (process.kill if number is signal.SIGKILL else process.terminate)()
    assert (process.wait(), process.returncode) == (-number, -number)


def test_only_our_programs_with_this_pythons_settings_can_run() -> None:
    argv, env = [sys.executable, "-m", "jobs.worker"], dict(os.environ)
    assert {program for program in PROGRAMS if can_run([*argv[:2], program, "--help"], env)} == PROGRAMS
    assert not can_run(argv, env | {"PYTHONHASHSEED": "7"})
    assert not can_run([sys.executable, "-m", "http.server"], env)
    assert not can_run(["/usr/bin/python3", "-m", "jobs.worker"], env)


def test_nothing_that_it_imports_has_read_the_environment() -> None:
    code = f"import sys, {', '.join(PRELOADED)}; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()
    assert "service.settings" in imported
    assert not {"prometheus_client", "service.crashpoints", "service.server"} & set(imported)


def test_what_is_read_once_is_what_botocore_reads() -> None:
    """A client may change it: a process gets it once, and then what is on disk."""
    done = subprocess.run([sys.executable, "-c", READ_TWICE], capture_output=True, check=True, text=True)
    assert done.stdout == "True True False 6\n"
