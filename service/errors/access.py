"""Errors of access: login, scopes, credentials, grants and links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from service.errors.base import AccessRefusedError, ServiceError


class LoginRequiredError(AccessRefusedError):
    code = "login_required"
    status = 401
    message = "This service requires a login. Send `Authorization: Bearer` with an API key or a token."
    challenge = 'Bearer realm="longshore"'


class TokenRefusedError(AccessRefusedError):
    code = "token_refused"
    status = 401
    message = "This key or token is not valid, or no longer valid. Get a new one from the operator or your login."
    challenge = 'Bearer realm="longshore", error="invalid_token"'

    def __init__(self, reason: str = "invalid", *, is_guess: bool = False, **details: str) -> None:
        """reason: for the log, not for the caller."""
        super().__init__()
        self.is_guess = is_guess
        self.details = {"reason": reason, **details}


class ScopeMissingError(AccessRefusedError):
    code = "scope_missing"
    status = 403
    example_arguments = ("upload",)

    def __init__(self, *scopes: str) -> None:
        super().__init__(f"This key or token lacks the scope {' or '.join(scopes)}. Use one that has it.")
        self.challenge = f'Bearer realm="longshore", error="insufficient_scope", scope="{scopes[0]}"'
        self.details = {"needed": scopes[0]}


class GrantRefusedError(AccessRefusedError):
    """A grant does not allow the call. reason: a key of MESSAGES, in the answer too."""

    code = "grant_refused"
    status = 403
    example_arguments = ("used_up",)
    MESSAGES: ClassVar[Mapping[str, str]] = {
        "used_up": "All uploads of this grant are used. Ask your application for a new grant.",
        "revoked": "This grant was revoked. Ask your application for a new grant.",
        "expired": "This grant has expired, and nothing new is signed for it. Complete the upload if all its chunks are"
        " stored, or ask your application for a new grant.",
        "foreign": "This upload was not started with this grant. Use the grant that it was started with.",
        "not_allowed": "This call is not allowed with a grant, only init, chunk, complete, retry, abort and status of"
        " its own uploads. Use an API key or a token for it.",
        "invalid": "The application signed a grant that is not valid. Correct what `errors` names there.",
    }

    def __init__(self, reason: str, *errors: str) -> None:
        super().__init__(self.MESSAGES[reason], errors=list(errors), reason=reason)
        self.reason = reason
        self.details = {"reason": reason}


class GrantNotFoundError(ServiceError):
    code = "grant_not_found"
    status = 404
    message = "No grant has this id. Check the id; an expired grant is deleted after some weeks."


class LinkNotFoundError(AccessRefusedError):
    code = "link_not_found"
    status = 404
    message = "No link has this address. Check that it is complete; a link that has ended is deleted after some weeks."


class LinkEndedError(AccessRefusedError):
    """A link does not work any more. reason: a key of MESSAGES, in the answer too."""

    code = "link_ended"
    status = 410
    example_arguments = ("used_up",)
    MESSAGES: ClassVar[Mapping[str, str]] = {
        "used_up": "All downloads of this link are used. Ask for a new link.",
        "expired": "This link has expired. Ask for a new link.",
        "revoked": "This link was revoked. Ask for a new link.",
    }

    def __init__(self, reason: str, link_id: str = "") -> None:
        super().__init__(self.MESSAGES[reason], reason=reason)
        self.reason = reason
        self.details = {"reason": reason, "link_id": link_id}


class LinkInvalidError(AccessRefusedError):
    code = "link_invalid"
    status = 403
    message = "The application signed a link that is not valid. Correct what `errors` names there."
    example_arguments = ("[file_id] is missing",)

    def __init__(self, *errors: str) -> None:
        super().__init__(errors=list(errors))


class WrongPasswordError(AccessRefusedError):
    code = "wrong_password"
    status = 403
    message = (
        "This link has a password, and it is missing or wrong. Send it in the X-Link-Password header, or as JSON or a"
        " form by POST; never in the URL."
    )

    def __init__(self, link_id: str = "", *, is_guess: bool = False) -> None:
        super().__init__()
        self.is_guess = is_guess
        self.details = {"link_id": link_id}


class WrongCredentialError(AccessRefusedError):
    code = "wrong_credential"
    status = 403
    message = (
        "This file is private, and the credential is missing or wrong. Send the credential that the file was completed"
        " with, as JSON in the X-File-Credential header (or in the `credential` field of a body)."
    )

    def __init__(self, file_id: str = "", *, is_guess: bool = False) -> None:
        super().__init__()
        self.is_guess = is_guess
        self.details = {"file_id": file_id}
