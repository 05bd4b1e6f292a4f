"""Login: from what a request carries to who calls. Off, everybody may do everything, and nothing has an owner."""

from __future__ import annotations

import re

from service.caller import EVERYBODY, Caller
from service.deps import Deps
from service.domain.keys import MARK, caller_of_key
from service.errors import LoginRequiredError, TokenRefusedError

_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]{1,8192})", re.IGNORECASE)
"""RFC 6750, section 2.1."""


def identify(deps: Deps, authorization: str | None) -> Caller:
    """Who calls, by the Authorization header.

    Raises LoginRequiredError where it is missing or no bearer's, TokenRefusedError, and what looking it up raises.
    """
    if not deps.settings.login_required:
        return EVERYBODY
    found = _BEARER.fullmatch((authorization or "").strip())
    if found is None:
        raise LoginRequiredError
    token = found[1]
    if token.startswith(MARK):
        return caller_of_key(deps, token)
    if deps.tokens is None:
        raise TokenRefusedError
    return deps.tokens.caller(token)
