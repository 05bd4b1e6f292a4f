"""An ICAP server that finds what the check of its settings sends, except for a given body."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from service.scanner.samples import (
    BEYOND_RECURSION,
    disguised,
    encrypted_pdf,
    encrypted_zip,
    nested,
    test_virus,
    zipped,
)
from tests.support.scanner.peers import CLEAN, CONTINUE, begun, chunks_of, options

FOUND = b"ICAP/1.0 200 OK\r\nX-Virus-ID: Eicar\r\n\r\n"
VIRUS = test_virus()
BAD = {
    VIRUS,
    zipped(VIRUS),
    zipped(VIRUS, zip64=True),
    nested(BEYOND_RECURSION, VIRUS),
    encrypted_zip(),
    encrypted_pdf(),
    *map(disguised, (b"text", b"ID3", b"<html>")),
}


@contextmanager
def scripted_icap(
    *, passes: bytes | None = None, skips: bytes | None = None, always: bytes | None = None, connections: int = 100
) -> Iterator[str]:
    """Run the server with a preview of 1,000 bytes, and yield its URL.

    passes: a body that it does not find. skips: the beginning of bodies that it does not read. always: its only answer.
    """

    def serve(peer: socket.socket) -> None:
        with peer, suppress(OSError):
            options("Preview: 1000", f"Max-Connections: {connections}")(peer)
            file, headers = begun(peer)
            if not headers:
                return
            body, _ = chunks_of(file) if "preview" in headers else (b"", True)
            if skips is not None and body.startswith(skips):
                peer.sendall(CLEAN)
                return
            peer.sendall(CONTINUE if "preview" in headers else b"")
            rest, ended = chunks_of(file)
            if ended:
                peer.sendall(always or (FOUND if body + rest in BAD - {passes} else CLEAN))

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept)
        thread.start()
        yield f"icap://127.0.0.1:{listening.getsockname()[1]}/scan"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)
