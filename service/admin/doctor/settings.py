"""Settings that are allowed, and should not be as they are."""

from __future__ import annotations

from service.admin.doctor.addresses import host_of, is_local
from service.admin.doctor.finding import Check, Finding, Ground, fail, ok, warn
from service.observability.redaction import known_secrets

SAMPLES = ("change-me", "changeme", "minioadmin", "password", "secret-of-", "0123456789abcdef")
"""What .env.example, storage's own documentation and habit put where a secret belongs."""
NAMED = (
    *("s3_secret_key", "s3_upload_secret_key", "secret_key", "receipt_key", "webhook_secret"),
    *("jwt_secret", "metrics_token", "database_url", "redis_url"),
)


def sample_secrets(ground: Ground) -> Finding:
    settings = ground.deps.settings
    left = [
        name.upper()
        for name in NAMED
        for secret in known_secrets({name: getattr(settings, name)})[:1]
        if any(sample in secret.lower() for sample in SAMPLES)
    ]
    if left:
        how = "Set each to one of its own: python3 -c 'import secrets; print(secrets.token_hex(32))'"
        return fail(f"{', '.join(left)}: as in the examples, known to everybody", how)
    return ok("no secret is one of the examples'")


def scanning(ground: Ground) -> Finding:
    if not ground.deps.settings.scanning:
        return warn("scanning is off: files are served unscanned", "Set CLAMD_URL to where clamd listens.")
    return ok("files are scanned before they are served")


def encrypted_storage(ground: Ground) -> Finding:
    url = ground.deps.settings.s3_public_endpoint_url
    if not url.startswith("https:") and not is_local(url):
        change = "Put TLS before storage, and set S3_PUBLIC_ENDPOINT_URL to https://…"
        return warn(f"browsers send files in the clear to {host_of(url)}", change)
    return ok("what browsers send is encrypted, or stays on this machine")


def login(ground: Ground) -> Finding:
    settings = ground.deps.settings
    if settings.login_required:
        return ok("every caller needs a key or a token")
    if is_local(ground.url or settings.s3_public_endpoint_url):
        return ok("it is off, and callers are on this machine")
    change = "Set LOGIN=on and ENV=production; make keys with longshore keys create."
    return warn("it is off: whoever reaches the API may do everything", change)


def addresses(ground: Ground) -> Finding:
    settings = ground.deps.settings
    if settings.rate_limit_address and not settings.trusted_proxies and ground.url.startswith("https:"):
        # the service itself speaks no TLS
        change = "Set TRUSTED_PROXIES to the number of proxies before the service."
        return fail("RATE_LIMIT_ADDRESS counts the proxy's address, for all callers together", change)
    return ok("callers are told apart" if settings.rate_limit_address else "addresses are not counted")


def guarded_metrics(ground: Ground) -> Finding:
    if not ground.deps.settings.metrics_token:
        change = "Set METRICS_TOKEN, or see to it that no proxy publishes /metrics."
        return warn("/metrics is open to whoever reaches the API's port", change)
    return ok("/metrics wants a token")


CHECKS: dict[str, Check] = {
    "secrets": sample_secrets,
    "scanning": scanning,
    "encryption": encrypted_storage,
    "metrics": guarded_metrics,
    "login": login,
    "addresses": addresses,
}
