"""Health of the worker and the cron: real processes, stopped, cut off from Redis, and left alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs import liveness
from service.queue.jobs import JobQueue, connect
from tests.support.live.eventually import eventually
from tools.programs import ROOT, python_module
from tools.stack.processes.warm import WarmProcess
from tools.stack.servers.redis import Redis as RedisServer

DATABASE = 14
ONE_PLACE = {"worker", "worker-0", "worker-0.redis"}
"""The files of a worker with one process for jobs."""


class Watched:
    """A process of the service as in its container, and the result of its health check."""

    def __init__(self, role: str, folder: Path, redis_url: str, **settings: str) -> None:
        self.role = role
        self.folder = folder / "alive"
        self.redis_url = redis_url
        own = {
            "DATABASE_URL": f"sqlite:///{folder}/none.db",
            "REDIS_URL": redis_url,
            "S3_ENDPOINT_URL": "http://127.0.0.1:1",
            "S3_ACCESS_KEY": "k",
            "S3_SECRET_KEY": "s",
            "SECRET_KEY": "the tests' own secret key",
            "CLAMD_URL": "off",
            "SWEEP_INTERVAL": "1",
            liveness.VARIABLE: str(self.folder),
        }
        self.env = os.environ | own | settings
        self.process = WarmProcess(python_module(f"jobs.{role}"), self.env, ROOT, folder / "log")

    def check(self) -> str | None:
        """The reason why it must be restarted."""
        return liveness.verdict(self.role, self.folder, time.time())

    def command(self) -> tuple[int, str]:
        """The health check's exit code and output."""
        words = python_module("jobs.liveness", self.role)
        ended = subprocess.run(words, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True, check=False)
        return ended.returncode, ended.stdout

    def names(self) -> set[str]:
        """The files that it has written."""
        return {file.name for file in self.folder.glob("*")}

    def let_time_pass(self, *names: str) -> None:
        """Let the promised update be long overdue."""
        for name in names or self.names():
            os.utime(self.folder / name, (1, 1))

    def seems_to_hang(self, *names: str) -> None:
        """Let the promised updates of these be overdue. A process that is starting may update its file again."""

        def check() -> str | None:
            self.let_time_pass(*names)
            return self.check()

        eventually(check, f"hangs: {', '.join(names)}".__eq__)

    def kept(self, name: str) -> bool:
        """Whether it has updated its file since."""
        return (self.folder / name).stat().st_mtime > 1

    def send_job(self) -> None:
        """Queue a job, so that the worker's loop runs immediately."""
        redis = connect(self.redis_url)
        JobQueue(redis).request_sweep()
        redis.close()

    def places(self) -> list[int]:
        """The processes of a worker that do jobs."""
        own = self.process.pid
        return [int(pid) for pid in Path(f"/proc/{own}/task/{own}/children").read_text().split()]

    def stop(self, pid: int | None = None) -> int:
        """SIGSTOP; returns when the process does nothing any more."""
        pid = pid or self.process.pid
        os.kill(pid, signal.SIGSTOP)
        state = Path(f"/proc/{pid}/stat")
        eventually(lambda: state.read_text().rpartition(")")[2].split()[0], lambda now: now == "T")
        return pid


@pytest.fixture
def begin(tmp_path: Path, redis_server: RedisServer) -> Iterator[Callable[..., Watched]]:
    """Starts a process and waits until it is healthy."""
    begun: list[Watched] = []
    redis_url = redis_server.url(DATABASE)

    def made(role: str, **settings: str) -> Watched:
        watched = Watched(role, tmp_path, redis_url, **settings)
        begun.append(watched)
        eventually(watched.check, lambda result: result is None)
        return watched

    yield made
    for watched in begun:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(watched.process.pid, signal.SIGKILL)
        watched.process.wait()


def test_a_worker_that_hangs_is_reported(begin: Callable[..., Watched]) -> None:
    worker = begin("worker", SCAN_WORKERS="1")
    eventually(worker.names, lambda names: names == ONE_PLACE)
    (pid,) = worker.places()
    worker.stop(pid)
    assert worker.command() == (0, "alive\n")  # its next update is not overdue yet
    worker.let_time_pass("worker-0")
    assert worker.check() == "hangs: worker-0"
    os.kill(pid, signal.SIGCONT)
    worker.send_job()
    # the loop updates its file before it has reached Redis: until then the check connects with the worker's settings
    eventually(worker.command, lambda result: result == (0, "alive\n"))
    # as with the address of another Redis, or an old password
    worker.stop(pid)
    worker.let_time_pass("worker-0.redis")
    assert worker.command() == (1, "Redis answers, but these cannot reach it: worker-0\n")


def test_each_of_several_worker_processes_is_checked(begin: Callable[..., Watched]) -> None:
    worker = begin("worker", SCAN_WORKERS="2")
    wanted = {"worker", "worker-0", "worker-0.redis", "worker-1", "worker-1.redis"}
    eventually(worker.names, lambda names: names == wanted)
    worker.seems_to_hang("worker-1")
    worker.seems_to_hang("worker", "worker-1")
    for pid in worker.places():
        os.kill(pid, signal.SIGKILL)  # their successors and the pool update their files
    eventually(worker.check, lambda result: result is None)


def test_a_worker_without_redis_is_healthy(
    begin: Callable[..., Watched], redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = begin("worker", SCAN_WORKERS="1")
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "S3_ENDPOINT_URL",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "SECRET_KEY",
        "CLAMD_URL",
    ):
        monkeypatch.setenv(name, worker.env[name])
    eventually(worker.names, lambda names: names == ONE_PLACE)
    with redis_server.down():
        worker.let_time_pass()
        eventually(lambda: worker.kept("worker") and worker.kept("worker-0"), seconds=60)
        assert (worker.kept("worker-0.redis"), worker.check()) == (False, None)
    eventually(lambda: worker.kept("worker-0.redis"))
    assert worker.check() is None


def test_a_cron_that_hangs_is_reported(begin: Callable[..., Watched], redis_server: RedisServer) -> None:
    cron = begin("cron")
    with redis_server.down():
        cron.let_time_pass()
        eventually(cron.check, lambda result: result is None)
    cron.stop()
    cron.let_time_pass()
    assert cron.check() == "hangs: cron"


def test_a_worker_that_never_started_is_reported(tmp_path: Path) -> None:
    assert liveness.verdict("worker", tmp_path, 0) == "no worker has started"


@pytest.mark.parametrize("words", [[], ["api"], ["worker", "cron"]])
def test_the_command_accepts_exactly_one_known_role(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(liveness.VARIABLE, str(tmp_path))
    assert liveness.main(words) == 2


def test_without_its_folder_liveness_writes_nothing_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(liveness.VARIABLE, raising=False)
    liveness.promise("worker", 60)
    liveness.forget("worker")
    assert liveness.main(["worker"]) == 2


def test_an_unwritable_folder_does_not_stop_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(liveness.VARIABLE, str(tmp_path / "file" / "folder"))
    (tmp_path / "file").touch()
    liveness.promise("worker", 60)
    liveness.forget("worker")
