"""The command line on a terminal: bars, lines, and the last line after Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from longshore.cli.exits import DONE, FAILED, STOPPED
from longshore.cli.terminal.words import plain
from tests.support.client.command_line import Run
from tests.support.client.fake_service import CHUNK, FILE_ID, UPLOAD_ID, Failure, FakeService
from tests.support.client.screen import screen
from tests.support.programs.processes import running
from tools.programs import ROOT, python_env, python_module

WIDE = 250
"""Columns of a terminal in which no line of these tests is broken."""


def test_plain_replaces_terminal_control_characters() -> None:
    assert plain("a\x1b]0;x\x07\u202eb\n") == "a?]0;x??b?"


def test_bars_are_shown_on_the_terminal_and_lines_in_the_pipe(service: FakeService, run: Run, payload: Path) -> None:
    other = payload.with_name("other.bin")
    other.write_bytes(b"other")
    with on_a_terminal("upload", str(payload.absolute()), str(other.absolute())) as (process, terminal):
        shown = the_rest(terminal)
        output, _ = process.communicate()
    assert process.returncode == DONE
    assert sorted(output.splitlines()) == sorted(f"{FILE_ID}  clean  {path.absolute()}" for path in (payload, other))
    assert [words for words in ("/here/bytes.bin ", "/here/other.bin ", " of 2 files ") if words not in shown] == []


def test_after_ctrl_c_the_last_line_shows_how_to_resume(service: FakeService, run: Run, payload: Path) -> None:
    service.failures["put"] = [Failure(503, "SlowDown")] * 1000
    with on_a_terminal("upload", str(payload.absolute())) as (process, terminal):
        shown = ""
        while "uploading" not in shown:
            shown += os.read(terminal, 1000).decode(errors="replace")
        process.send_signal(signal.SIGINT)
        *_, before, last = the_rest(terminal).rstrip().splitlines()
    assert process.returncode == STOPPED
    assert before.endswith("longshore: stopped; uploaded parts stay in storage")
    assert last == f"longshore: to resume: longshore resume {UPLOAD_ID}"


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_a_terminal_shows_a_line_for_each_file_and_no_bars_in_the_end(
    service: FakeService, run: Run, monkeypatch: pytest.MonkeyPatch, quiet: tuple[str, ...]
) -> None:
    paths = [Path(f"{number}.bin").absolute() for number in range(5)]
    for path in paths:
        path.write_bytes(bytes(2 * CHUNK))
    # causes warnings besides the lines of the files
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    with on_a_terminal("upload", *quiet, *map(str, paths), "/nowhere/gone.bin", out=True) as (process, terminal):
        shown = screen(the_rest(terminal))
    ids = [line for line in shown if line.startswith(FILE_ID)]
    assert sorted(ids) == sorted(FILE_ID if quiet else f"{FILE_ID}  clean  {path}" for path in paths)
    others = [line for line in shown if line not in ids]
    assert [line for line in others if not line.startswith("longshore: ")] == []
    assert [line for line in others if "cannot be recorded" not in line] == [
        "longshore: /nowhere/gone.bin cannot be read: No such file or directory."
        " Check that the file exists and is readable."
    ]
    assert process.returncode == FAILED


@contextmanager
def on_a_terminal(*words: str, out: bool = False) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command line in a new process, and the terminal of its standard error.

    out: whether its standard output is that terminal too.
    """
    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDE, 0, 0))
    env = {**os.environ, **python_env(), "TERM": "xterm"}
    command = python_module("longshore.main", *words)
    output = its if out else subprocess.PIPE
    with running(command, env=env, cwd=ROOT, stdout=output, stderr=its, text=True) as process:
        os.close(its)
        try:
            yield process, ours
        finally:
            os.close(ours)


def the_rest(terminal: int) -> str:
    """All output until no process has the terminal open, which Linux reports as an error."""
    shown = b""
    with suppress(OSError):
        while piece := os.read(terminal, 100_000):
            shown += piece
    return shown.decode(errors="replace")
