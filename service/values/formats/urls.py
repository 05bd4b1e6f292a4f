"""Normalize hosts and URLs of settings to the form that browsers and other HTTP clients send."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit, urlunsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
_AMBIGUOUS = re.compile("[\u00df\u03c2\u200c\u200d]")
"""Python's codec (IDNA 2003) and browsers (UTS 46) encode ß, final sigma and the joiners differently."""


def as_sent(url: str) -> str:
    """Return the URL with its host in lower case and ASCII (IDNA). Raises ValueError for an invalid host or port."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=_netloc(parts)))


def origin_of(url: str) -> str:
    """Return the Origin (RFC 6454, section 6.1) of a page at this URL: no path, no default port."""
    parts = urlsplit(as_sent(url))
    netloc = parts.netloc.rpartition("@")[2]
    if parts.port is not None and parts.port == DEFAULT_PORTS.get(parts.scheme):
        netloc = netloc.rpartition(":")[0]
    return f"{parts.scheme}://{netloc}"


@lru_cache(maxsize=256)
def host_of(authority: str) -> str:
    """Return the host of a Host header or a URL's authority, in lower case, without port and brackets, or empty."""
    try:
        return (urlsplit(f"//{authority}").hostname or "").rstrip(".")
    except ValueError:  # half an IPv6 address
        return ""


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether a host is `localhost`, below it (RFC 6761, section 6.3), or a loopback address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _netloc(parts: SplitResult) -> str:
    host, port = parts.hostname or "", parts.port
    if not host.isascii():
        if _AMBIGUOUS.search(host):
            raise ValueError("contains a host that browsers and Python encode differently; write it in ASCII (xn--…)")
        try:
            host = host.encode("idna").decode()
        except UnicodeError as error:
            raise ValueError("contains a host that is not a valid internationalized domain name (IDNA)") from error
    user, at, _ = parts.netloc.rpartition("@")
    named = f"[{host}]" if ":" in host else host
    return f"{user}{at}{named}" + (f":{port}" if port is not None else "")
