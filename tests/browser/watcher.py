"""What a page asks for, and what its browser complains of."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Route

WARNINGS = ("error", "warning")
LOST_CONNECTION = "net::ERR_"
"""What the console says of a request that nobody answers."""
STORAGE_PUTS = "**/*partNumber=*"


class Watcher:
    """Hears all pages of a browser context. Complaints that a test brings about itself hold one of its `expected`."""

    def __init__(self, context: BrowserContext, api_url: str) -> None:
        self.api_url = api_url
        self.requests: list[Request] = []
        self.expected: list[str] = []
        self._said: list[str] = []
        context.on("request", self._note)
        context.on("console", self._hear)
        context.on("weberror", lambda thrown: self._said.append(str(thrown.error)))

    def _note(self, request: Request) -> None:
        self.requests.append(request)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in WARNINGS:
            self._said.append(f"{message.type}: {message.text}")

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions that nobody caught, and violations of the page's policy."""
        return [said for said in self._said if not any(part in said for part in self.expected)]

    def to_api(self) -> list[Request]:
        """The requests to the service's own origin."""
        return [request for request in self.requests if request.url.startswith(f"{self.api_url}/")]

    def elsewhere(self) -> list[Request]:
        """The requests to every other origin."""
        return [request for request in self.requests if request not in self.to_api()]

    def puts(self, answered: bool = True) -> list[Request]:
        """The chunks on their way to storage."""
        return [sent for sent in self.elsewhere() if sent.method == "PUT" and (sent.failure is None) == answered]


def body_length(request: Request) -> int:
    """Bytes of a request's body as they went over the wire. The browser hides a Blob's bytes, not their number."""
    return int(request.all_headers().get("content-length", "0"))


def body(request: Request) -> bytes:
    """A request's body, all of it."""
    sent = request.post_data_buffer or b""
    assert len(sent) == body_length(request), f"{request.url} carried bytes that cannot be looked at"
    return sent


def first_of_each_fails() -> Callable[[Route], None]:
    """A line that loses each chunk once."""
    lost: set[str] = set()

    def handle(route: Route) -> None:
        chunk = route.request.url.partition("partNumber=")[2].partition("&")[0]
        if chunk in lost:
            route.fallback()
        else:
            lost.add(chunk)
            route.abort("connectionreset")

    return handle
