"""Attacks on storage, at the public and the direct address: requests that no URL permits. And what one PUT needs."""

from __future__ import annotations

from functools import partial

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, skipped, warn
from service.domain.records.objects.storage_safety import Attacked, at_addresses, attack, unmet_for_one_put
from service.storage.attacks import PAGES

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


def one_put(context: CheckContext) -> Finding:
    """Report whether files of one part are stored by one PUT, or why not: without it nothing is wrong, only slower."""
    deps = context.deps
    if deps.settings.one_put == "off":
        return ok("files of one part are multipart uploads, as ONE_PUT is off")
    tried = at_addresses(deps, partial(unmet_for_one_put, deps))
    unmet = {name for names in tried.values() for name in names or ()}
    if not unmet and None in tried.values():
        return skipped("its conditions could not be tried")
    if not unmet:
        return ok("files of one part are stored by one conditional PUT")
    found = f"files of one part are multipart uploads, as storage does not meet: {'; '.join(sorted(unmet))}"
    if PAGES not in unmet:
        return ok(found)
    return warn(found, "Let storage's CORS rules permit all headers, or set ONE_PUT=off (docs/storage.md).")


def _rest(found: Attacked) -> Finding:
    if found.untried:
        return skipped(f"some attacks could not be tried: {found.untried}")
    return ok(f"{len(found.outcomes)} attacks were rejected")


def _named(found: Attacked) -> str:
    return f"not rejected: {'; '.join(found.let_through)}"


CHECKS: dict[str, Check] = {
    "public address": public_address,
    "direct address": direct_address,
    "one PUT": one_put,
}
