"""Sending one webhook: signed as Standard Webhooks say, to an address that was looked at first, for a limited time.

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
"""Seconds to wait for a connection, and for each answer on it."""
ADDRESSES = 2
"""Of a host that are tried."""


class NoAnswerError(Exception):
    """The webhook did not answer, or was not called; the message has the reason."""


class WebhookSender:
    """Posts to URLs that the operator has configured, and to nothing that they lead to."""

    def __init__(self, secrets: Sequence[str], *, private: bool) -> None:
        """secrets: `whsec_…`; all of them sign, so that receivers can change from one to the next. private: whether
        addresses of the own network may be called."""
        self._secrets = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        self._private = private

    def post(self, url: str, message_id: str, timestamp: int, body: bytes) -> int:
        """Post it; returns the status of the answer, of which no more is read. Redirects are not followed.

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
        """What the host's name means now; one of these is then called, and the name is not asked for again."""
        try:
            return resolve(parts.hostname or "", port_of(parts), private=self._private)[:ADDRESSES]
        except ForbiddenAddressError as error:
            raise NoAnswerError(f"{error} (WEBHOOK_ALLOW_PRIVATE)") from error


def webhook_secrets(text: str) -> list[str]:
    """The secrets of WEBHOOK_SECRET, separated by spaces or commas."""
    return [word for word in re.split(r"[\s,]+", text) if word]


def make_sender(settings: Settings) -> WebhookSender | None:
    """None where no webhooks are configured."""
    if not settings.webhooks:
        return None
    return WebhookSender(webhook_secrets(settings.webhook_secret), private=settings.webhook_allow_private == "on")
