"""Errors of the connection to the service: nothing answers, or something else, or it is not encrypted."""

from __future__ import annotations

from longshore.client.errors.base import LongshoreError


class UnreachableError(LongshoreError):
    """The service did not answer any of the attempts. never_reached: nor was any connection made before."""

    code = "api_unreachable"
    remedy = "Check its URL and the network, then try again."
    first_remedy = "Check that the service runs, and its URL (`longshore config show`)."
    tls_remedy = (
        "Check whether its URL begins with http:// or https://; for your own certificate authority, set SSL_CERT_FILE."
    )

    def __init__(self, url: str, reason: str, *, never_reached: bool = False, of_tls: bool = False) -> None:
        self.never_reached = never_reached
        remedy = self.tls_remedy if of_tls else self.first_remedy if never_reached else None
        super().__init__(f"The service at {url} cannot be reached ({reason}).", remedy)


class UnexpectedAnswerError(LongshoreError):
    """The answer is not from the service."""

    code = "unexpected_answer"
    remedy = "Check the service's URL; a proxy may have answered instead."


class InsecureServiceError(LongshoreError):
    """A key, a token or a credential would go over the network unencrypted. Nothing was sent."""

    code = "insecure_service"
    remedy = "Use an https:// URL; in a network that you trust, set LONGSHORE_ALLOW_HTTP=yes."

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is another machine without https, so the key could be read on the way.")
