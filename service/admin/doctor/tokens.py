"""Login by tokens: whether the identity provider's keys can be had, and used."""

from __future__ import annotations

import json

import jwt
from urllib3.exceptions import HTTPError

from service.access.tokens import MALFORMED, PublishedKeys
from service.admin.doctor.addresses import host_of, is_local
from service.admin.doctor.finding import Check, Finding, Ground, fail, ok, warn

FETCH = "See that JWT_JWKS_URL is the provider's jwks_uri, and that the API's host may go out to it."


def keys(ground: Ground) -> Finding:
    """As the service fetches them: of those that are for signatures, each with an id and an algorithm of ours."""
    url = ground.deps.settings.jwt_jwks_url
    if not url:
        return ok("no provider's keys are wanted")
    try:
        answer = ground.http("GET", url)
    except HTTPError as error:
        return fail(f"{host_of(url)} does not answer ({type(error).__name__})", FETCH)
    if answer.status != 200:
        return fail(f"{host_of(url)} answers {answer.status}", FETCH)
    try:
        published = jwt.PyJWKSet.from_dict(json.loads(answer.body)).keys
    except (AttributeError, KeyError, *MALFORMED):
        return fail(f"{host_of(url)} answers with something else than keys", FETCH)
    usable = [key for key in published if _is_usable(key)]
    if not usable:
        change = f"Let the provider sign with one of {', '.join(PublishedKeys.algorithms)}, and give its keys a kid."
        return fail(f"none of its {len(published)} keys can be used", change)
    return ok(f"{len(usable)} keys")


def encrypted(ground: Ground) -> Finding:
    url = ground.deps.settings.jwt_jwks_url
    if url and not url.startswith("https:") and not is_local(url):
        change = "Set JWT_JWKS_URL to https://…: whoever can change the keys on their way is whomever they like."
        return warn(f"keys come in the clear from {host_of(url)}", change)
    return ok("keys come encrypted, or from this machine" if url else "no provider's keys are wanted")


def _is_usable(key: jwt.PyJWK) -> bool:
    for_signatures = key.public_key_use in {"sig", None}
    return for_signatures and bool(key.key_id) and key.algorithm_name in PublishedKeys.algorithms


CHECKS: dict[str, Check] = {"keys": keys, "encryption": encrypted}
