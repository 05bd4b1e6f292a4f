"""Record a page's requests and its browser's errors."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

WARNINGS = ("error", "warning")
LOST_CONNECTION = "net::ERR_|CORS request did not succeed|Multiple CORS header"
"""Console messages for a request without a response. Firefox logs the last one if the connection breaks."""
HIDDEN_REFUSAL = [LOST_CONNECTION, "blocked by CORS policy|CORS header .* missing"]
"""Console messages for a response that is hidden from the page."""
STORAGE_PUTS = re.compile("[?&]partNumber=|X-Amz-SignedHeaders=[^&]*if-none-match")
"""URLs of chunks: of parts, and of one PUT."""
SPY = """
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  console.error(`against the page's policy: ${violatedDirective} ${blockedURI}`);
});
if (globalThis.SubtleCrypto) {
  const { digest } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.digest = function (...given) {
    console.error("hashed on the page's own thread");
    return digest.apply(this, given);
  };
}
"""
"""Logs what not every browser logs itself."""


class Watcher:
    """Listens to all pages of a browser context. `expected` has a pattern for each error that a test causes."""

    def __init__(self, context: BrowserContext, api_url: str) -> None:
        self.api_url = api_url
        self.requests: list[Request] = []
        self.expected: list[str] = []
        self._messages: list[str] = []
        context.add_init_script(SPY)
        context.on("request", self._note)
        context.on("console", self._hear)
        context.on("weberror", lambda thrown: self._messages.append(str(thrown.error)))

    def _note(self, request: Request) -> None:
        self.requests.append(request)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in WARNINGS:
            self._messages.append(f"{message.type}: {message.text}")

    def complaints(self) -> list[str]:
        """Return errors and warnings of the console, uncaught exceptions, and violations of the page's policy."""
        return [message for message in self._messages if not any(re.search(part, message) for part in self.expected)]

    def to_api(self) -> list[Request]:
        """Return the requests to the service's own origin."""
        return [request for request in self.requests if request.url.startswith(f"{self.api_url}/")]

    def elsewhere(self) -> list[Request]:
        """Return the requests to all other origins."""
        return [request for request in self.requests if request not in self.to_api()]

    def puts(self, answered: bool = True) -> list[Request]:
        """Return the chunks that were sent to storage."""
        return [sent for sent in self.elsewhere() if sent.method == "PUT" and (sent.failure is None) == answered]
