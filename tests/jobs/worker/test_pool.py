"""The pool of workers: real processes, killed and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live.eventually import eventually
from tools.programs import ROOT

WORK = r"""
import os, signal, sys, time
from jobs import pool
pool.PAUSE = 0
def work(place):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # an early signal stays pending until sigwait
    os.write(1, b"began %d\n" % os.getpid())  # in one piece
    signal.sigwait({signal.SIGTERM})
    os.write(1, b"ended %d\n" % os.getpid())
pool.Pool(work, 2).run()
os.write(1, b"all ended\n")
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def pool(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", WORK], stdout=out, cwd=ROOT, start_new_session=True)
    yield process
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def lines(log: Path, word: str) -> list[int]:
    """The process ids of all that have written a word."""
    return [int(line.split()[1]) for line in log.read_text().splitlines() if line.startswith(word)]


def test_a_dead_worker_is_replaced_and_sigterm_ends_all(pool: subprocess.Popen[bytes], log: Path) -> None:
    first, second = eventually(lambda: lines(log, "began"), lambda began: len(began) == 2)
    os.kill(first, signal.SIGKILL)
    third = eventually(lambda: lines(log, "began"), lambda began: len(began) == 3)[2]
    pool.terminate()
    assert pool.wait(30) == 0
    assert sorted(lines(log, "ended")) == sorted([second, third])
    assert log.read_text().endswith("all ended\n")
