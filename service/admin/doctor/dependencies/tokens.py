"""Checks of login by tokens: whether the identity provider's keys are reachable and usable."""

from __future__ import annotations

import json

import jwt
from urllib3.exceptions import HTTPError

from service.access.tokens import MALFORMED, PublishedKeys
from service.admin.doctor.addresses import host_of, is_local
from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn

FETCH = "Check that JWT_JWKS_URL is the provider's jwks_uri, and that the API's host can connect to it."


def keys(context: CheckContext) -> Finding:
    """Fetch the keys as the service does: signature keys that have an id and a supported algorithm."""
    url = context.deps.settings.jwt_jwks_url
    if not url:
        return ok("JWT_JWKS_URL is not set")
    try:
        answer = context.http("GET", url)
    except HTTPError as error:
        return fail(f"{host_of(url)} does not answer ({type(error).__name__})", FETCH)
    if answer.status != 200:
        return fail(f"{host_of(url)} answers {answer.status}", FETCH)
    try:
        published = jwt.PyJWKSet.from_dict(json.loads(answer.body)).keys
    except (AttributeError, KeyError, *MALFORMED):
        return fail(f"the answer of {host_of(url)} does not contain keys", FETCH)
    usable = [key for key in published if _is_usable(key)]
    if not usable:
        change = (
            f"Let the provider sign with one of {', '.join(PublishedKeys.algorithms)}, and publish a kid for each key."
        )
        return fail(f"none of its {len(published)} keys can be used", change)
    return ok(f"{len(usable)} keys")


def encrypted(context: CheckContext) -> Finding:
    url = context.deps.settings.jwt_jwks_url
    if url and not url.startswith("https:") and not is_local(url):
        change = "Set JWT_JWKS_URL to https://…: changing the keys on the way would allow forged tokens."
        return warn(f"keys are fetched unencrypted from {host_of(url)}", change)
    return ok("keys are fetched encrypted, or from this machine" if url else "JWT_JWKS_URL is not set")


def _is_usable(key: jwt.PyJWK) -> bool:
    for_signatures = key.public_key_use in {"sig", None}
    return for_signatures and bool(key.key_id) and key.algorithm_name in PublishedKeys.algorithms


CHECKS: dict[str, Check] = {"keys": keys, "encryption": encrypted}
