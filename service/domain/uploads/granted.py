"""The effects of a grant on the uploads of a browser: narrower rules at init, fixed metadata at completion.

A field that the grant fixes may be left out or repeated; another value is an error: nothing is replaced silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service.deps import Deps
from service.domain.accounts.sealed_credentials import unseal
from service.domain.uploads.policies import policy_named
from service.errors import GrantRefusedError, InvalidBodyError
from service.settings import Settings
from service.values import CompletionWish
from service.values.access.caller import UNRESTRICTED, Caller
from service.values.access.grants import UploadGrant
from service.values.formats.media_types import is_of_type
from service.values.policies import Policy

FIXED = "is fixed by the grant; leave it out"


def policy_for(settings: Settings, caller: Caller, wanted: str | None) -> Policy:
    """Return the policy for an init; with a grant, its policy with its narrower limits.

    Raises InvalidBodyError for an unknown name or another one than the grant's, GrantRefusedError if the policy accepts
    none of the grant's types.
    """
    grant = caller.grant
    if grant is None:
        return policy_named(settings, wanted)
    policy = policy_named(settings, grant.policy)
    if wanted is not None and wanted != policy.name:
        raise InvalidBodyError(errors=[f"[policy] {FIXED}: its policy is {policy.name}"])
    return narrowed(policy, grant)


def narrowed(policy: Policy, grant: UploadGrant) -> Policy:
    """Return the policy with the limits of a grant that are narrower; wider ones have no effect.

    Raises GrantRefusedError if no type is left.
    """
    max_size = policy.max_size if grant.max_size is None else min(grant.max_size, policy.max_size)
    types = policy.content_types if grant.content_types is None else _both(policy.content_types, grant.content_types)
    if grant.content_types is not None and not types:
        accepted = ", ".join(policy.content_types)
        raise GrantRefusedError("invalid", f"[content_types] the policy {policy.name} accepts only {accepted}")
    narrower = (max_size, types) != (policy.max_size, policy.content_types)
    return replace(policy, max_size=max_size, content_types=types, narrowed=narrower)


def _both(accepted: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the types that are in both lists, where `image/*` has every image; an empty first one has all types."""
    if not accepted:
        return granted
    pairs = [(one, other) for one in accepted for other in granted]
    found = [one if is_of_type(one, [other]) else other for one, other in pairs if _overlap(one, other)]
    return tuple(dict.fromkeys(found))


def _overlap(one: str, other: str) -> bool:
    return is_of_type(one, [other]) or is_of_type(other, [one])


def granted_completion(deps: Deps, caller: Caller, wish: CompletionWish) -> CompletionWish:
    """Return the request with the metadata of the caller's grant. Raises InvalidBodyError for other metadata.

    What the grant leaves open, `detail` and `credential`, the browser may set; a user or appointment only the grant.
    """
    grant = caller.grant
    if grant is None:
        return wish
    fixed: dict[str, Any] = {"user_id": grant.user_id, "appointment_id": grant.appointment_id}
    if grant.detail is not None:
        fixed["detail"] = grant.detail
    given = {name: getattr(wish, name) for name in fixed}
    wrong = [f"[{name}] {FIXED}" for name in fixed if given[name] is not None and given[name] != fixed[name]]
    if grant.sealed is not None and wish.credential is not None:
        wrong.append(f"[credential] {FIXED}")
    if wrong:
        raise InvalidBodyError(errors=wrong)
    return replace(wish, **fixed, credential=granted_credential(deps, caller, wish.credential))


def granted_credential(deps: Deps, caller: Caller, given: Mapping[str, str] | None) -> dict[str, str] | None:
    """Return the credential for a call: of the caller's grant, which the browser does not know, or the given one."""
    sealed = caller.grant.sealed if caller.grant is not None else None
    if sealed is not None:
        return unseal(deps.settings, sealed)
    return None if given is None else dict(given)


def assigner(caller: Caller) -> Caller:
    """Return the caller whose users and appointments a file can be assigned to.

    For a grant of the service those were checked when it was created; for one that a backend signed, they must be the
    subject's.
    """
    if caller.grant is None:
        return caller
    return replace(caller, grant=None) if caller.grant.is_signed else UNRESTRICTED
