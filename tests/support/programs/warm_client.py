"""Run `python WORDS` in the warm process, if that can, and end as it ends: `python warm_client.py SOCKET WORDS`."""

import json
import os
import socket
import sys


def main() -> None:
    path, *words = sys.argv[1:]
    code = _run(path, words)
    if not code:
        os.execv(sys.executable, [sys.executable, *words])
    if int(code) < 0:
        os.kill(os.getpid(), -int(code))
    sys.exit(int(code))


def _run(path: str, words: list[str]) -> bytes:
    """Return the exit code (-N for signal N), or nothing if the warm process cannot run it."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        request = json.dumps([words, dict(os.environ), os.getcwd()]).encode()
        socket.send_fds(server, [request[:1]], [0, 1, 2])
        server.sendall(request[1:])
        server.shutdown(socket.SHUT_WR)
        with server.makefile("rb") as answer:
            return answer.read()


if __name__ == "__main__":
    main()
