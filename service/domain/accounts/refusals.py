"""Record refused access in the audit log: wrong keys and tokens, wrong credentials, missing scopes."""

from __future__ import annotations

from service.deps import Deps
from service.domain.records import audit
from service.errors import (
    AccessRefusedError,
    GrantRefusedError,
    ScopeMissingError,
    ServiceError,
    TokenRefusedError,
    WrongCredentialError,
)
from service.observability.logs import get_logger
from service.values.access.caller import Caller
from service.values.access.subjects import ANONYMOUS
from service.values.formats.ids import is_id
from service.values.operators.audit import Action, Actor

log = get_logger(__name__)

ACTIONS: dict[type[AccessRefusedError], Action] = {
    TokenRefusedError: Action.LOGIN_REFUSED,
    GrantRefusedError: Action.SCOPE_REFUSED,
    ScopeMissingError: Action.SCOPE_REFUSED,
    WrongCredentialError: Action.CREDENTIAL_REFUSED,
}
"""Other refusals are no attempts: requests without a login, and too many requests."""


def record_refusal(
    deps: Deps, error: AccessRefusedError, caller: Caller | None, address: str | None, route: str, file_id: str | None
) -> None:
    """Record a refusal, as far as the budget lasts. caller: if known; route: method and pattern of the path.

    A failure to record it is logged: the caller gets the refusal anyway.
    """
    action = ACTIONS.get(type(error))
    if action is None or deps.refusals is None or not deps.refusals.take(address):
        return
    actor = audit.actor_of(caller) if caller else Actor(ANONYMOUS, error.details.get("key_prefix"), address)
    told = error.details.get("reason") or error.details.get("needed")
    reason = f"{route}: {told}" if told else route
    try:
        with deps.db.write() as session:
            audit.record(session, deps.clock(), actor, action, file_id if is_id(file_id or "") else None, reason)
    except ServiceError as failure:
        log.warning("refusal_not_recorded", code=failure.code)
