"""Send a webhook: signed by the Standard Webhooks specification, to a checked address, for a limited time.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from http.client import HTTPException
from urllib.parse import SplitResult, urlsplit

from service import __version__
from service.outgoing.addresses import ForbiddenAddressError, resolve
from service.outgoing.pinned import PinnedConnection, port_of
from service.settings import Settings

TIMEOUT = 10.0
"""Seconds to wait for a connection, and for each response."""
ADDRESSES = 2
"""Maximum addresses of a host that are tried."""


class NoAnswerError(Exception):
    """The webhook did not answer, or was not called; the message has the reason."""


class WebhookSender:
    """Posts to the URLs that the operator has configured, without following redirects."""

    def __init__(self, secrets: Sequence[str], *, private: bool) -> None:
        """secrets: `whsec_…`; each of them signs. private: whether addresses of this network may be called."""
        self._secrets = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        self._private = private

    def post(self, url: str, message_id: str, timestamp: int, body: bytes) -> int:
        """Post an event and return the status of the response, whose body is not read. Redirects are not followed.

        timestamp: Unix seconds. Raises NoAnswerError.
        """
        parts = urlsplit(url)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"longshore/{__version__}",
            "Connection": "close",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": self._signatures(message_id, timestamp, body),
        }
        try:
            connection = PinnedConnection(parts, self._addresses(parts), TIMEOUT)
            try:
                connection.request("POST", parts.path or "/", body, headers)
                return connection.getresponse().status
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError) as error:
            raise NoAnswerError(f"{type(error).__name__}: {error}"[:500]) from error

    def _signatures(self, message_id: str, timestamp: int, body: bytes) -> str:
        signed = f"{message_id}.{timestamp}.".encode() + body
        digests = [hmac.digest(secret, signed, hashlib.sha256) for secret in self._secrets]
        return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)

    def _addresses(self, parts: SplitResult) -> list[str]:
        """Resolve the host's name; one of these addresses is then called without resolving it again."""
        try:
            return resolve(parts.hostname or "", port_of(parts), private=self._private)[:ADDRESSES]
        except ForbiddenAddressError as error:
            raise NoAnswerError(f"{error} (WEBHOOK_ALLOW_PRIVATE)") from error


def webhook_secrets(text: str) -> list[str]:
    """Return the secrets of WEBHOOK_SECRET, separated by spaces or commas."""
    return [word for word in re.split(r"[\s,]+", text) if word]


def make_sender(settings: Settings) -> WebhookSender | None:
    """Return the sender of the settings; None without webhooks."""
    if not settings.webhooks:
        return None
    return WebhookSender(webhook_secrets(settings.webhook_secret), private=settings.webhook_allow_private == "on")
