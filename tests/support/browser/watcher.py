"""What a page asks for, and what its browser complains of."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

WARNINGS = ("error", "warning")
LOST_CONNECTION = "net::ERR_|CORS request did not succeed|Multiple CORS header"
"""What the console says of a request that nobody answers. Firefox says the last of one whose connection breaks."""
HIDDEN_REFUSAL = [LOST_CONNECTION, "blocked by CORS policy|CORS header .* missing"]
"""What the console says of an answer that the page is not told."""
STORAGE_PUTS = "**/*partNumber=*"
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
"""Makes the console say what no console says, or not every browser's."""


class Watcher:
    """Hears all pages of a browser context. One of its `expected` (patterns) fits each complaint that a test causes."""

    def __init__(self, context: BrowserContext, api_url: str) -> None:
        self.api_url = api_url
        self.requests: list[Request] = []
        self.expected: list[str] = []
        self._said: list[str] = []
        context.add_init_script(SPY)
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
        return [said for said in self._said if not any(re.search(part, said) for part in self.expected)]

    def to_api(self) -> list[Request]:
        """The requests to the service's own origin."""
        return [request for request in self.requests if request.url.startswith(f"{self.api_url}/")]

    def elsewhere(self) -> list[Request]:
        """The requests to every other origin."""
        return [request for request in self.requests if request not in self.to_api()]

    def puts(self, answered: bool = True) -> list[Request]:
        """The chunks on their way to storage."""
        return [sent for sent in self.elsewhere() if sent.method == "PUT" and (sent.failure is None) == answered]
