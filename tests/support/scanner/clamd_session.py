"""Answer the beginning of a session like clamd."""

from __future__ import annotations

import socket

OPENING = b"zIDSESSION\0zVERSION\0"
VERSION = "ClamAV 1.4.3/27500/Sat Jan  1 00:00:00 2026"


def greet(peer: socket.socket, version: str = VERSION) -> None:
    """Answer the first command of each scan."""
    assert peer.recv(len(OPENING), socket.MSG_WAITALL) == OPENING
    peer.sendall(f"1: {version}\0".encode())
