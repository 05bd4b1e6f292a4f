"""Login: find the caller of a request. If login is off, every caller has full access, and data has no owner."""

from __future__ import annotations

import re
from dataclasses import replace

from service.access.failed_attempts import counted_from
from service.access.grant_tokens import is_grant_token
from service.deps import Deps
from service.domain.accounts.grants import caller_of_grant
from service.domain.accounts.keys import MARK, caller_of_key
from service.errors import LoginRequiredError, TokenRefusedError
from service.values.access.caller import UNRESTRICTED, Caller

_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]{1,8192})", re.IGNORECASE)
"""RFC 6750, section 2.1."""


def identify(deps: Deps, authorization: str | None, address: str | None = None) -> Caller:
    """Return the caller for an Authorization header; address: of the client.

    Raises LoginRequiredError if it is missing or not a bearer token, TokenRefusedError, GrantRefusedError,
    TooManyRequestsError instead after too many guesses from this address, and the errors of the lookup. A valid key or
    token is never refused because of guesses from the same address: clients that share it would be locked out.
    """
    found = _BEARER.fullmatch((authorization or "").strip())
    # a grant limits its browser also with login off, so that pages can be tried out
    if not deps.settings.login_required and not (found and is_grant_token(found[1])):
        return replace(UNRESTRICTED, address=address)
    if found is None:
        raise LoginRequiredError
    try:
        return replace(_caller(deps, found[1]), address=address)
    except TokenRefusedError as error:
        if error.is_guess and deps.failed_attempts is not None:
            deps.failed_attempts.admit(counted_from(address))
            deps.failed_attempts.note_wrong(counted_from(address))
        raise


def _caller(deps: Deps, token: str) -> Caller:
    if token.startswith(MARK):
        return caller_of_key(deps, token)
    if is_grant_token(token):
        return caller_of_grant(deps, token)
    if deps.tokens is None:
        raise TokenRefusedError("tokens are not accepted", is_guess=True)
    return deps.tokens.caller(token)
