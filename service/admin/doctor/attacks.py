"""Attacks on storage: what no URL allows is tried, at the address that clients use and directly."""

from __future__ import annotations

from service.admin.doctor.finding import Check, Finding, Ground, fail, ok, skipped, warn
from service.domain.records.storage_safety import Attacked, attack

RULES = "docs/security.md has the rules of the filter before storage, docs/storage.md the servers that need it."


def public_address(ground: Ground) -> Finding:
    settings = ground.deps.settings
    found = attack(ground.deps, settings.s3_public_endpoint_url, settings.s3_public_probe_host)
    change = (
        f"Put a proxy that filters requests before {settings.s3_public_endpoint_url}, or take a storage server that "
        f"refuses them. {RULES}"
    )
    if found.let_through:
        return fail(_named(found), change)
    return _rest(found)


def direct_address(ground: Ground) -> Finding:
    settings = ground.deps.settings
    if settings.s3_endpoint_url == settings.s3_public_endpoint_url:
        return ok("it is the public one")
    found = attack(ground.deps, settings.s3_endpoint_url, "")
    if found.let_through:
        change = (
            f"Let only the service reach {settings.s3_endpoint_url}, and take a release of the storage server "
            f"that refuses them. {RULES}"
        )
        return warn(_named(found), change)
    return _rest(found)


def _rest(found: Attacked) -> Finding:
    if found.untried:
        return skipped(f"not all could be tried: {found.untried}")
    return ok(f"{len(found.outcomes)} attacks are refused")


def _named(found: Attacked) -> str:
    return f"let through: {'; '.join(found.let_through)}"


CHECKS: dict[str, Check] = {"public address": public_address, "direct address": direct_address}
