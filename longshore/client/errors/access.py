"""Errors of access: login, scopes, credentials, grants and links."""

from __future__ import annotations

from longshore.client.errors.api import ApiError


class LoginRequiredError(ApiError):
    code = "login_required"
    remedy = "Set an API key or a token with LONGSHORE_TOKEN or `longshore config key`."


class TokenRefusedError(ApiError):
    code = "token_refused"
    remedy = "Get a new key or token from the operator."


class GrantRefusedError(ApiError):
    """The token is a grant, which does not allow the call. reason: such as `used_up`, `revoked` or `expired`."""

    code = "grant_refused"
    remedy = "Ask the application that gave you this token for a new one."

    @property
    def reason(self) -> str:
        return str(self.extra.get("reason", ""))


class GrantNotFoundError(ApiError):
    code = "grant_not_found"
    remedy = "Check the id; an expired grant is deleted after some weeks."


class LinkNotFoundError(ApiError):
    code = "link_not_found"
    remedy = "Check the link; `longshore links list` shows those of a file."


class LinkEndedError(ApiError):
    """A link does not work any more. reason: `used_up`, `expired` or `revoked`."""

    code = "link_ended"
    remedy = "Ask for a new link."

    @property
    def reason(self) -> str:
        return str(self.extra.get("reason", ""))


class LinkInvalidError(ApiError):
    code = "link_invalid"
    remedy = "Correct that in the application that signed the link."


class WrongPasswordError(ApiError):
    code = "wrong_password"
    remedy = "Give the password of the link."


class ScopeMissingError(ApiError):
    code = "scope_missing"
    remedy = "Use a key with that scope."


class WrongCredentialError(ApiError):
    code = "wrong_credential"
    remedy = "Give the credential that the file was uploaded with."
