"""Attacks on storage: send requests that no URL permits, to the public and the direct address."""

from __future__ import annotations

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, skipped, warn
from service.domain.records.storage_safety import Attacked, attack

RULES = "docs/security.md has the filter rules, docs/storage.md the list of servers that need them."


def public_address(context: CheckContext) -> Finding:
    settings = context.deps.settings
    found = attack(context.deps, settings.s3_public_endpoint_url, settings.s3_public_probe_host)
    change = (
        f"Put a proxy that filters requests before {settings.s3_public_endpoint_url}, or use a storage server that "
        f"rejects them. {RULES}"
    )
    if found.let_through:
        return fail(_named(found), change)
    return _rest(found)


def direct_address(context: CheckContext) -> Finding:
    settings = context.deps.settings
    if settings.s3_endpoint_url == settings.s3_public_endpoint_url:
        return ok("same as the public address")
    found = attack(context.deps, settings.s3_endpoint_url, "")
    if found.let_through:
        change = (
            f"Let only the service reach {settings.s3_endpoint_url}, and use a release of the storage server "
            f"that rejects them. {RULES}"
        )
        return warn(_named(found), change)
    return _rest(found)


def _rest(found: Attacked) -> Finding:
    if found.untried:
        return skipped(f"some attacks could not be tried: {found.untried}")
    return ok(f"{len(found.outcomes)} attacks were rejected")


def _named(found: Attacked) -> str:
    return f"not rejected: {'; '.join(found.let_through)}"


CHECKS: dict[str, Check] = {"public address": public_address, "direct address": direct_address}
