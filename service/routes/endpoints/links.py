"""The endpoints of links to files: create, list, revoke; and the link itself, which requires no login."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from longshore.links import PATH
from service.domain.files.link_use import use_link
from service.domain.files.links import create_link, list_links, revoke_link
from service.errors import (
    FileGoneError,
    FileNotReadyError,
    InvalidBodyError,
    LinkEndedError,
    LinkInvalidError,
    LinkNotFoundError,
    ServiceError,
    StorageRefusedError,
    StorageUnavailableError,
    StoredFileNotFoundError,
    WrongCredentialError,
    WrongPasswordError,
)
from service.routes.endpoints.files import HEADER_CREDENTIAL_DOC, WHICH
from service.routes.http.authentication import caller
from service.routes.http.body_parsing import LINK_PASSWORD_HEADER, given_link_password, header_credential
from service.routes.http.error_handlers import render, render_unexpected
from service.routes.http.redirects import REDIRECT, redirection, wants_json, wants_page
from service.routes.http.visitor_pages import as_page
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.described import FILE_ID
from service.routes.schemas.links import (
    LINK_ID,
    TOKEN,
    IssuedLinkSchema,
    LinkBody,
    LinkPageSchema,
    LinkPasswordBody,
    LinkSchema,
)
from service.routes.schemas.requests.common import PageQuery
from service.routes.schemas.responses.files import ContentLinkSchema
from service.values import ContentLink, Page
from service.values.access.caller import Scope
from service.values.access.links import LinkState, LinkView, LinkWish

of_files = ApiBlueprint(
    "file_links", __name__, url_prefix="/api/v1/file", description="Links of a file, for people without a login"
)
blueprint = ApiBlueprint(
    "linked_files", __name__, url_prefix=PATH.rstrip("/"), description="Files by their links, without a login"
)
REVOKED = {"state": LinkState.REVOKED.value, "revoked_at": "2026-01-31T12:30:00Z"}
NO_FILE = (StoredFileNotFoundError, FileGoneError, FileNotReadyError)
PASSWORD = {
    "in": "header",
    "name": LINK_PASSWORD_HEADER,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The link's password, if it has one, in UTF-8.",
    "example": "seven seas",
}
OF_LINK = [
    {
        "in": "path",
        "name": "token",
        "description": "The link's secret.",
        "schema": {"type": "string"},
        "example": TOKEN,
    }
]
REFUSALS = (
    *(LinkNotFoundError, LinkEndedError, LinkInvalidError, WrongPasswordError),
    *(*NO_FILE, InvalidBodyError, StorageRefusedError, StorageUnavailableError),
)


@of_files.named("/<file_id>/links", WHICH, FILE_ID, methods=["POST"])
@of_files.doc(operationId="createLink")
@of_files.needs(Scope.READ)
@of_files.doc(**HEADER_CREDENTIAL_DOC)
@of_files.arguments(LinkBody, required=False)
@of_files.response(201, IssuedLinkSchema)
@of_files.refuses(*NO_FILE, WrongCredentialError)
def create(wish: LinkWish, file_id: str) -> dict[str, object]:
    """Create a link to a file for people without a login

    Everyone who has its URL can download the file, until the link expires, its downloads are used, it is revoked, or
    the file is gone. A private file's link needs the file's credential when it is created, and none when it is used.
    """
    made = create_link(deps(), caller(), file_id, header_credential(), wish)
    return {"link_id": made.link_id, "url": _public_base() + PATH + made.token, "expires_at": made.expires_at}


@of_files.named("/<file_id>/links", WHICH, FILE_ID, methods=["GET"])
@of_files.doc(operationId="listLinks")
@of_files.needs(Scope.READ)
@of_files.arguments(PageQuery, location="query")
@of_files.response(200, LinkPageSchema)
@of_files.refuses(*NO_FILE)
def list_all(query: dict[str, object], file_id: str) -> Page[LinkView]:
    """List the links of a file with their downloads, newest first

    A link that a backend signed itself is in the list from its first use.
    """
    return list_links(deps(), caller(), file_id, **query)  # type: ignore[arg-type]


@of_files.named("/<file_id>/links/<link_id>", WHICH, FILE_ID, "The link.", LINK_ID, methods=["DELETE"])
@of_files.doc(operationId="revokeLink")
@of_files.needs(Scope.READ)
@of_files.response(200, LinkSchema, changes=REVOKED)
@of_files.refuses(*NO_FILE, LinkNotFoundError)
def revoke(file_id: str, link_id: str) -> LinkView:
    """Revoke a link

    It leads nowhere from now on. A download link in storage to which it has just redirected stays valid until it
    expires, a few minutes later.
    """
    return revoke_link(deps(), caller(), file_id, link_id)


@blueprint.route("/<token>", methods=["GET"], parameters=OF_LINK)
@blueprint.doc(operationId="getLinkedFile", parameters=[PASSWORD], responses={"302": REDIRECT})
@blueprint.open_to_all
@blueprint.response(200, ContentLinkSchema)
@blueprint.refuses(*REFUSALS)
def follow(token: str) -> ContentLink | AnyResponse:
    """Redirect to a new download link for the file of a link

    Each redirect counts as a download; a HEAD does not, and its redirect is for another HEAD. With `Accept:
    application/json`, the response contains the download link instead. A browser gets errors as a page, which asks for
    the password if there is one.
    """
    return _followed(token, given_link_password(), 302)


@blueprint.route("/<token>", methods=["POST"], parameters=OF_LINK)
@blueprint.doc(operationId="getLinkedFileByPassword", responses={"303": REDIRECT})
@blueprint.open_to_all
@blueprint.arguments(LinkPasswordBody, required=False)
@blueprint.response(200, ContentLinkSchema)
@blueprint.refuses(*REFUSALS)
def follow_with_password(body: dict[str, str | None], token: str) -> ContentLink | AnyResponse:
    """Send the password of a link, and be redirected to a new download link for its file"""
    return _followed(token, body["password"], 303)


def _followed(token: str, password: str | None, status: int) -> ContentLink | AnyResponse:
    is_head = request.method == "HEAD"
    found, link = use_link(deps(), token, password, request.remote_addr, head=is_head)
    if wants_json() and not is_head:
        return found
    answer = redirection(found, status)
    if link.is_limited or is_head or request.method == "POST":
        answer.headers["Cache-Control"] = "no-store"
    answer.vary.update(["Accept", LINK_PASSWORD_HEADER])
    return answer


@blueprint.after_request
def keep_secret(answer: Response) -> Response:
    """The address is a secret: no other site may get it, and no search engine keep it."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@blueprint.errorhandler(ServiceError)
def show(error: ServiceError) -> Response:
    """Show an error to a person or a program."""
    answer = render(error)
    if not wants_page():
        return answer
    return as_page(deps().settings, error, answer)


@blueprint.errorhandler(Exception)
def show_unexpected(error: Exception) -> Response:
    answer = render_unexpected(error)
    return as_page(deps().settings, ServiceError(), answer) if wants_page() else answer


def _public_base() -> str:
    """Return the service's public URL: PUBLIC_URL, or the address of this request."""
    return deps().settings.public_url or request.host_url.rstrip("/")
