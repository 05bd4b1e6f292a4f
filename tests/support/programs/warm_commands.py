"""Start a shell's Python programs from the warm process: `warm_client` asks the server that runs here for it."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import sys
import traceback
from functools import cache
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import mkdtemp
from typing import NoReturn

from tests.support.programs import warm_client
from tools.stack.processes import warm

PROGRAMS = warm.PROGRAMS | {"tests.support.live.rclone"}
STREAMS = 3
"""Standard input, output and errors."""


def python_command() -> list[str]:
    """Return the words before Python's arguments: this Python, or a client that gets the same from the warm process."""
    if not warm.enabled:
        return [sys.executable]
    # without site: all that it imports is Python's own
    return [sys.executable, "-I", "-S", warm_client.__file__, _server()]


@cache
def _server() -> str:
    """Start the server for the rest of this process; return the path of its socket."""
    folder = mkdtemp(prefix="longshore-")
    atexit.register(shutil.rmtree, folder)
    path = str(Path(folder, "programs"))
    with socket.create_server(path, family=socket.AF_UNIX) as listener:
        warm.warm_context().Process(target=_serve, args=(listener,), daemon=True).start()
    return path


def _serve(listener: socket.socket) -> None:
    """Run each client's program in a fork, until the process of the tests ends."""
    os.setsid()  # Ctrl-C is for the tests
    parent = parent_process()
    assert parent
    running: set[int] = set()
    while parent.sentinel not in wait([listener, parent.sentinel]):
        client, _ = listener.accept()
        running = {pid for pid in running if os.waitpid(pid, os.WNOHANG) == (0, 0)}
        pid = os.fork()
        if pid == 0:
            listener.close()
            _reply(client)
        client.close()
        running.add(pid)


def _reply(client: socket.socket) -> NoReturn:
    """Send the client its program's status, or nothing if it needs a new Python."""
    (words, env, cwd), streams = _request(client)
    if words[:1] == ["-m"] and {*words[1:2]} & PROGRAMS and warm.has_our_settings(env):
        pid = os.fork()
        if pid == 0:
            client.close()
            _become(words[1:], env, Path(cwd), streams)
        client.sendall(b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os._exit(0)


def _request(client: socket.socket) -> tuple[tuple[list[str], dict[str, str], str], list[int]]:
    """Return the words, the environment, the folder and the open streams."""
    first, streams, _, _ = socket.recv_fds(client, 1, STREAMS)
    with client.makefile("rb") as rest:
        return json.loads(first + rest.read()), streams


def _become(words: list[str], env: dict[str, str], cwd: Path, streams: list[int]) -> NoReturn:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0, closefd=False)  # multiprocessing has replaced it
    code: object = 0
    try:
        warm.run_as(words, env, cwd)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - Python ends so too
        code = 1
        traceback.print_exc()
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
