"""Start Python programs as forks of a process that has imported most of what they need, for tests.

Most of the start of a program of ours is imports: two seconds on a slow machine. Tests start hundreds of programs;
`./dev up`, benchmarks and containers start them as users do.
"""

from __future__ import annotations

import atexit
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import cast

PRELOADED = [
    "alembic.command",
    "alembic.config",
    "boto3",
    "botocore.auth",
    "botocore.client",
    "botocore.endpoint",
    "botocore.parsers",
    "concurrent.futures.thread",
    "google_crc32c",
    "gunicorn.app.wsgiapp",
    "gunicorn.glogging",
    "gunicorn.workers.gthread",
    "logging.config",
    "opentelemetry.sdk.trace",
    "rich.progress",
    "sqlalchemy.dialects.mysql.pymysql",
    "sqlalchemy.dialects.sqlite",
    "sqlite3",
    "wsgiref.simple_server",
    "jobs.deliver",
    "jobs.pool",
    "jobs.rq_worker",
    "jobs.scan",
    "longshore.cli.files",
    "longshore.cli.transfers.download",
    "longshore.cli.transfers.upload",
    "longshore.cli.verify",
    "service.admin.check",
    "service.admin.doctor.command",
    "service.app",
    "service.domain.upkeep.sweep",
    "service.serving.patient_worker",
    "tools.stack.processes.own_environment",
    "tools.stack.processes.preread",
]
"""Imports of the service's programs, but no program itself. What reads the environment does so again in each fork:
`own_environment`."""
PROGRAMS = {
    "gunicorn",
    "jobs.cron",
    "jobs.prepare",
    "jobs.sweep",
    "jobs.worker",
    "longshore.main",
    "migrations.run",
    "service.admin.doctor",
}
enabled = False
"""Set by tests; everything else starts programs as users do."""
APPLIED = {"PYTHONPATH", "PYTHONUNBUFFERED"}
"""Variables of Python that a fork obeys. A Python process reads all others at its start only."""


def can_run(argv: Sequence[str], env: Mapping[str, str]) -> bool:
    """Return whether a program can start here: one of ours, with the settings of Python that this process has."""
    if list(argv[:2]) != [sys.executable, "-m"] or argv[2] not in PROGRAMS:
        return False
    return has_our_settings(env)


def has_our_settings(env: Mapping[str, str]) -> bool:
    """Return whether a Python process would read at its start what this one has read."""
    read_at_start = {name for name in {*env, *os.environ} if name.startswith("PYTHON")} - APPLIED
    return all(env.get(name) == os.environ.get(name) for name in read_at_start)


def warm_context() -> ForkServerContext:
    """Return the context whose processes are forks of the warm process."""
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


class WarmProcess:
    """A program in its own session, with the needed part of subprocess.Popen's interface.

    argv: one that `can_run`; env: its whole environment; out, err: the files that get its output and its errors.
    """

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str], cwd: Path, out: Path, err: Path | None = None
    ) -> None:
        context = warm_context()
        begun, begins = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_become, args=(list(argv[2:]), dict(env), cwd, (out, err or out), begins)
        )
        self._process.start()
        begins.close()
        begun.poll(None)  # returns at its end, when the session exists
        begun.close()

    @property
    def pid(self) -> int:
        """The process id; also the session's id."""
        return cast(int, self._process.pid)

    @property
    def returncode(self) -> int | None:
        """The exit code: None while it runs, -N if signal N ended it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the returncode."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the returncode after its end. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("a warm process", timeout or 0.0)
        return self.returncode

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()


def _become(words: list[str], env: dict[str, str], cwd: Path, outputs: tuple[Path, Path], begins: Connection) -> None:
    """Turn this fork into `python -m WORDS`."""
    os.setsid()
    _redirect(Path(os.devnull), os.O_RDONLY, 0)
    for number, file in enumerate(outputs, 1):
        _redirect(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, number)
    begins.close()
    run_as(words, env, cwd)


def run_as(words: list[str], env: Mapping[str, str], cwd: Path) -> None:
    """Run `python -m WORDS` in this fork, with `env` as its whole environment. Raises SystemExit as it does."""
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(cwd)
    if isinstance(sys.stdout, TextIOWrapper) and env.get("PYTHONUNBUFFERED"):
        sys.stdout.reconfigure(line_buffering=True)
    sys.path[:0] = env.get("PYTHONPATH", "").split(os.pathsep)
    sys.argv = words
    from tools.stack.processes import own_environment  # noqa: PLC0415 - only the warm process imports the service

    own_environment.read(words)
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # multiprocessing does not call them


def _redirect(to: Path, flags: int, number: int) -> None:
    opened = os.open(to, flags, 0o666)
    os.dup2(opened, number)
    os.close(opened)
