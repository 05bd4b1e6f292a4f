"""Loopback ports: free ones for tests, and whether a port is free."""

import http.client
import random
import socket

LOOPBACK = "127.0.0.1"
# below the kernel's range for outgoing connections, so that none of them takes a stopped part's port
FREE_RANGE = range(20000, 32000)

_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as servers do: a closed connection (TIME_WAIT) does not block the port
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a free port that this process has not returned before."""
    for port in random.sample(FREE_RANGE, len(FREE_RANGE)):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise RuntimeError(f"no free port in {FREE_RANGE.start}-{FREE_RANGE.stop}")


def http_status(port: int, path: str) -> int | None:
    """Return the HTTP status of `path` on `port` of the loopback address, or None without a response."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def accepts(port: int) -> bool:
    """Whether something listens on `port` of the loopback address."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
