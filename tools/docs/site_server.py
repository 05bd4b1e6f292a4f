"""Serve the built manual on this machine; its demos upload to a running `./dev up`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tools.stack.environment import environment_of
from tools.stack.examples import DOCS_OFFSET, origin_of, refusal_of
from tools.stack.processes.part import PartError
from tools.stack.processes.ports import LOOPBACK

DEFAULT_SERVICE = "http://127.0.0.1:8000"
POLICY = "; ".join(
    [
        # the theme has a script and styles in its pages
        "default-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "worker-src 'self' blob:",
        # readers can enter another service, and storage has an address of its own
        "connect-src http: https:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
"""The content security policy of the pages: everything but uploads is from the site itself."""


@dataclass(frozen=True)
class Place:
    """The port of the site, the service of its demos, and a line about what they still need."""

    port: int
    service: str
    note: str


def place_of(service: str | None, port: int | None, data: Path) -> Place:
    """Return where to serve, for what is given: by default next to the `./dev up` that runs with `data`."""
    up = _running(data)
    address = up.get("LONGSHORE_URL", DEFAULT_SERVICE)
    chosen = (urlsplit(address).port or 0) + DOCS_OFFSET if port is None else port
    if service and service != address:
        return Place(chosen, service, f"The demos upload to {service}, whose CORS_ORIGINS must have this address.")
    if not up:
        return Place(chosen, address, "The demos on it need ./dev up in another terminal.")
    command = refusal_of(origin_of(chosen), up)
    refused = f"The service allows no uploads from this address. Start it with:\n{command}"
    return Place(chosen, address, refused if command else f"The demos upload to {address}.")


def _running(data: Path) -> Mapping[str, str]:
    try:
        return environment_of(data)
    except PartError:
        return {}


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder with the content security policy."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the address should stay visible."""


@contextmanager
def site_server(folder: Path, port: int) -> Iterator[ThreadingHTTPServer]:
    """Listen on the loopback address; port 0: a free one. Raises OSError if the port is in use."""
    with ThreadingHTTPServer((LOOPBACK, port), partial(Handler, directory=str(folder))) as server:
        yield server
