"""Login: from what a request carries to who calls. Off, everybody may do everything, and nothing has an owner."""

from __future__ import annotations

import re
from dataclasses import replace

from service.access.failed_attempts import counted_from
from service.deps import Deps
from service.domain.accounts.keys import MARK, caller_of_key
from service.errors import LoginRequiredError, TokenRefusedError
from service.values.caller import EVERYBODY, Caller

_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]{1,8192})", re.IGNORECASE)
"""RFC 6750, section 2.1."""


def identify(deps: Deps, authorization: str | None, address: str | None = None) -> Caller:
    """Who calls, by the Authorization header; address: from where.

    Raises LoginRequiredError where it is missing or no bearer's, TokenRefusedError, TooManyRequestsError instead after
    too many guesses from this address, and what looking it up raises. A key or token that is right is never refused
    because of what others guess: whoever shares an address with them would be locked out.
    """
    if not deps.settings.login_required:
        return replace(EVERYBODY, address=address)
    found = _BEARER.fullmatch((authorization or "").strip())
    if found is None:
        raise LoginRequiredError
    try:
        return replace(_caller(deps, found[1]), address=address)
    except TokenRefusedError as error:
        if error.is_guess and deps.guesses is not None:
            deps.guesses.admit(counted_from(address))
            deps.guesses.note_wrong(counted_from(address))
        raise


def _caller(deps: Deps, token: str) -> Caller:
    if token.startswith(MARK):
        return caller_of_key(deps, token)
    if deps.tokens is None:
        raise TokenRefusedError("tokens are not accepted", is_guess=True)
    return deps.tokens.caller(token)
