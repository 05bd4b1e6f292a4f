"""Checks for settings that are valid but unsafe."""

from __future__ import annotations

from service.admin.doctor.addresses import host_of, is_local
from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn
from service.observability.redaction import known_secrets

SAMPLES = ("change-me", "changeme", "minioadmin", "password", "secret-of-", "0123456789abcdef")
"""Common sample secrets: from .env.example, from documentation of stores, and others."""
NAMED = (
    *("s3_secret_key", "s3_upload_secret_key", "secret_key", "receipt_key", "webhook_secret"),
    *("jwt_secret", "metrics_token", "database_url", "redis_url"),
)


def sample_secrets(context: CheckContext) -> Finding:
    settings = context.deps.settings
    left = [
        name.upper()
        for name in NAMED
        for secret in known_secrets({name: getattr(settings, name)})[:1]
        if any(sample in secret.lower() for sample in SAMPLES)
    ]
    if left:
        how = "Generate a secret for each: python3 -c 'import secrets; print(secrets.token_hex(32))'"
        return fail(f"{', '.join(left)}: sample values, which are public", how)
    return ok("no secret has a sample value")


def scanning(context: CheckContext) -> Finding:
    if not context.deps.settings.scanning:
        return warn("scanning is off, so files are served without a scan", "Set CLAMD_URL or ICAP_URL.")
    return ok("files are scanned before they are served")


def encrypted_storage(context: CheckContext) -> Finding:
    url = context.deps.settings.s3_public_endpoint_url
    if not url.startswith("https:") and not is_local(url):
        change = "Put TLS before storage, and set S3_PUBLIC_ENDPOINT_URL to https://…"
        return warn(f"browsers send files unencrypted to {host_of(url)}", change)
    return ok("uploads are encrypted, or stay on this machine")


def login(context: CheckContext) -> Finding:
    settings = context.deps.settings
    if settings.login_required:
        return ok("every caller needs a key or a token")
    if is_local(context.url or settings.s3_public_endpoint_url):
        return ok("login is off, and all callers are on this machine")
    change = "Set LOGIN=on and ENV=production; create keys with longshore keys create."
    return warn("login is off, so anyone who reaches the API has full access", change)


def addresses(context: CheckContext) -> Finding:
    settings = context.deps.settings
    if settings.rate_limit_address and not settings.trusted_proxies and context.url.startswith("https:"):
        # the service itself does not support TLS
        change = "Set TRUSTED_PROXIES to the number of proxies before the service."
        return fail("RATE_LIMIT_ADDRESS counts the proxy's address for all callers together", change)
    return ok("callers are counted separately" if settings.rate_limit_address else "no limit by address is set")


def guarded_metrics(context: CheckContext) -> Finding:
    if not context.deps.settings.metrics_token:
        change = "Set METRICS_TOKEN, or make sure that no proxy publishes /metrics."
        return warn("/metrics is open to anyone who reaches the API's port", change)
    return ok("/metrics requires a token")


CHECKS: dict[str, Check] = {
    "secrets": sample_secrets,
    "scanning": scanning,
    "encryption": encrypted_storage,
    "metrics": guarded_metrics,
    "login": login,
    "addresses": addresses,
}
