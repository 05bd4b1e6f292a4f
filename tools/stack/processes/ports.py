"""Loopback ports: free ones for tests, and whether a wanted one can be had."""

import http.client
import random
import socket

LOOPBACK = "127.0.0.1"
# Below the kernel's range for outgoing connections, so that a stopped part's port is not taken before it comes back.
FREE_RANGE = range(20000, 32000)

_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a closed connection's remains (TIME_WAIT) do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on and that this process has not given out before."""
    for port in random.sample(FREE_RANGE, len(FREE_RANGE)):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise RuntimeError(f"no free port in {FREE_RANGE.start}-{FREE_RANGE.stop}")


def http_status(port: int, path: str) -> int | None:
    """Status that `path` answers with on `port` of the loopback address; None when nothing answers."""
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
