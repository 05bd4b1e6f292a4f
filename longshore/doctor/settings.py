"""Settings that are allowed, and should not be as they are."""

from __future__ import annotations

from urllib.parse import urlsplit

from longshore.doctor.finding import Check, Finding, Ground, fail, ok, warn
from service.scrub import known_secrets

SAMPLES = ("change-me", "changeme", "minioadmin", "password", "secret-of-", "0123456789abcdef")
"""What .env.example, storage's own documentation and habit put where a secret belongs."""
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def sample_secrets(ground: Ground) -> Finding:
    settings = ground.deps.settings
    named = ("s3_secret_key", "secret_key", "metrics_token", "database_url", "redis_url")
    left = [
        name.upper()
        for name in named
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
    url = urlsplit(ground.deps.settings.s3_public_endpoint_url)
    if url.scheme != "https" and url.hostname not in LOCAL:
        change = "Put TLS before storage, and set S3_PUBLIC_ENDPOINT_URL to https://…"
        return warn(f"browsers send files in the clear to {url.hostname}", change)
    return ok("what browsers send is encrypted, or stays on this machine")


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
}
