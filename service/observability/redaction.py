"""Remove secrets from logs: signatures, credentials, tokens, query strings.

Errors of boto3, SQLAlchemy, Redis and urllib3 contain URLs and headers; so every line is cleaned when it is written,
not at each call, where it could be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote, urlsplit

GONE = "***"
SHORTEST_SECRET = 6
"""Minimum characters of a secret; a shorter one would remove half of every line."""
SECRET_NAME = re.compile(r"(SECRET|PASSWORD|TOKEN|SECRET_ACCESS_KEY|(?<!ACCESS_)KEY)$", re.IGNORECASE)
URL_NAME = re.compile(r"_URL$", re.IGNORECASE)

_NAMES = (
    r"authorization|proxy-authorization|cookie|set-cookie|x-file-credential|x-link-password|x-amz-security-token"
    r"|x-amz-server-side-encryption-customer-key"
)
_WORDS = (
    r"(?:x-amz-)?signature|(?:x-amz-)?credential|awsaccesskeyid|passw(?:or)?d|pwd|secret(?:_?(?:access_?)?key)?"
    r"|(?:access|security|session|id|refresh|bearer)?_?token|api[_-]?key"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # the token of a link to a file
    (re.compile(r"""(?i)(/api/v1/links/)[^\s"'<>/?#]+"""), rf"\1{GONE}"),
    # a header's whole value, in quotes or up to the line's end
    (re.compile(rf"""(?i)\b({_NAMES})(["']?\s*[:=]\s*)(?:b?'[^'\n]*'|b?"[^"\n]*"|[^\n]+)"""), rf"\1\2{GONE}"),
    # user and password of a URL
    (re.compile(r"""(?<=://)[^\s/"'<>@]*(?:@[^\s/"'<>@]*)*@"""), f"{GONE}@"),
    # a query string, of a URL or of a path
    (re.compile(r"""\?[^\s"'<>?=]*=[^\s"'<>]*"""), f"?{GONE}"),
    (re.compile(rf"""(?i)\b({_WORDS})(["']?\s*[:=]\s*)(?:b?'[^'\n]*'|b?"[^"\n]*"|[^\s,;&)}}\]]+)"""), rf"\1\2{GONE}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {GONE}"),
    # a JSON Web Token, a webhook's secret, an API key and a link's token of ours
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.?[\w-]*"), GONE),
    (re.compile(r"\bwhsec_[\w+/=-]+"), GONE),
    (re.compile(r"\blsk_[0-9a-f]+_[0-9a-f]+"), GONE),
    (re.compile(r"\blsl_[\w-]{20,}"), GONE),
)


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without everything that looks like a secret, and without these secrets."""
    for secret in secrets:
        text = text.replace(secret, GONE)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def known_secrets(values: Mapping[str, object]) -> tuple[str, ...]:
    """Return the secrets of settings or an environment, by their names, and the passwords of URLs; longest first.

    Each as it is and as it is encoded in a URL.
    """
    found: set[str] = set()
    for name, value in values.items():
        if not isinstance(value, str):
            continue
        if SECRET_NAME.search(name):
            found |= {value, quote(value, safe="")}
        elif URL_NAME.search(name):
            password = _password(value)
            found |= {password, unquote(password)}
    return tuple(sorted((text for text in found if len(text) >= SHORTEST_SECRET), key=len, reverse=True))


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""
