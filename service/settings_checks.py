"""What settings must not say together, and what production does not start with."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from service.values.urls import is_loopback

SAMPLE = "change-me"
SAMPLES = (SAMPLE, SAMPLE.encode().hex(), b64encode(SAMPLE.encode()).decode())
"""Every secret of .env.example and of deploy/sample-secrets holds one, in plain text, hex or base64."""

PRIVATE_BUCKET, PUBLIC_BUCKET = "longshore-private", "longshore-public"
PASSWORDLESS = {"password", "unix_socket", "ssl_cert", "ssl_certfile", "read_default_file"}
"""Options of PyMySQL's and redis-py's URLs, beside which the URL itself has no password."""
STORAGE_KEY = ("s3_access_key", "s3_secret_key")
UPLOAD_KEY = ("s3_upload_access_key", "s3_upload_secret_key")
KEYS, AWS = "keys", "aws"
"""S3_CREDENTIALS: storage's key is among the settings, or a role's."""


def has_role(values: Mapping[str, Any]) -> bool:
    """Whether no key of storage has to be set."""
    return values.get("s3_credentials") == AWS


def contradictions(values: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Why these settings do not go together, a line for each variable at fault.

    values: what was read, by field; texts: how it was written, by variable.
    """
    wrong = _production(values, texts) if values.get("env") == "production" else []
    if values.get("quota") and values.get("login") != "on":
        wrong.append("QUOTA is set, but LOGIN is off; without login nobody has one")
    if values.get("jwt_secret_previous") and not values.get("jwt_secret"):
        wrong.append("JWT_SECRET_PREVIOUS is set, but JWT_SECRET is not; the newest secret belongs there")
    return wrong + _storage_key(values) + _upload_key(values) + _webhooks(values) + _tokens(values)


def _storage_key(values: Mapping[str, Any]) -> list[str]:
    """A key that is forgotten beside a role would be believed to be in use, and never be deleted."""
    left = [name for name in STORAGE_KEY if values.get(name)] if has_role(values) else []
    return [
        f"{name.upper()} is set, but with S3_CREDENTIALS=aws nobody reads it; leave it (or its file) out"
        for name in left
    ]


def _upload_key(values: Mapping[str, Any]) -> list[str]:
    """Half a key would sign nothing, and the service's own key under a second name would restrict nothing."""
    access, secret = (values.get(name) for name in UPLOAD_KEY)
    if bool(access) != bool(secret):
        missing, there = (name.upper() for name in (UPLOAD_KEY if secret else UPLOAD_KEY[::-1]))
        return [f"{missing} is not set, but {there} is; set both or neither"]
    if access and access == values.get("s3_access_key"):
        return ["S3_UPLOAD_ACCESS_KEY is the same as S3_ACCESS_KEY; make a second key, or leave it out"]
    return []


def _webhooks(values: Mapping[str, Any]) -> list[str]:
    """Whoever receives one has to be able to tell it from a forged one, and nobody else may read it."""
    urls = values.get("webhooks", ())
    wrong = (
        ["WEBHOOK_SECRET is not set; with WEBHOOKS it has to be"] if urls and not values.get("webhook_secret") else []
    )
    if any(url.startswith("http:") for url in urls) and values.get("webhook_allow_private") != "on":
        wrong.append("WEBHOOKS has an http:// URL in it; without WEBHOOK_ALLOW_PRIVATE=on it has to be https://")
    return wrong


def _production(values: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    wrong = [
        f"{name} holds a sample secret of .env.example, which everybody knows"
        for name, text in texts.items()
        if any(sample in text for sample in SAMPLES)
    ]
    buckets = (values.get("s3_private_bucket", PRIVATE_BUCKET), values.get("s3_public_bucket", PUBLIC_BUCKET))
    jwks = urlsplit(values.get("jwt_jwks_url", ""))
    refused = {
        "LOGIN is off; with ENV=production it has to be on": values.get("login") != "on",
        "CLAMD_URL is off; set ALLOW_UNSCANNED=yes to serve what nothing has scanned with ENV=production": (
            values.get("clamd_url") == "off" and values.get("allow_unscanned") != "yes"
        ),
        "CORS_ORIGINS lets pages of all origins in; with ENV=production name the origins": (
            "*" in values.get("cors_origins", ())
        ),
        "JWT_JWKS_URL is an http:// URL; with ENV=production it has to be https://, or of this host": (
            jwks.scheme == "http" and not is_loopback(jwks.hostname or "")
        ),
        "S3_PUBLIC_BUCKET is the same as S3_PRIVATE_BUCKET; with ENV=production they have to be two": (
            buckets[0] == buckets[1]
        ),
    }
    wrong += [reason for reason, holds in refused.items() if holds]
    return wrong + [
        f"{name.upper()} has no password; with ENV=production it needs one, or a socket or a certificate instead"
        for name in ("database_url", "redis_url")
        if name in values and not _is_guarded(values[name])
    ]


def _is_guarded(url: str) -> bool:
    """Whether a URL of the database or of Redis has a password, or needs none: a file, a socket, a certificate."""
    try:
        parts = urlsplit(url)
    except ValueError:  # whoever connects to it says what is wrong
        return True
    return bool(parts.password or not parts.hostname or PASSWORDLESS & dict(parse_qsl(parts.query)).keys())


def _tokens(values: Mapping[str, Any]) -> list[str]:
    """A token counts only from one issuer and for us: else whoever gets one for another service gets in here."""
    keys = [name for name in ("jwt_secret", "jwt_jwks_url") if values.get(name)]
    if not keys:
        return []
    wrong = [
        f"{name.upper()} is not set; with {keys[0].upper()} it has to be"
        for name in ("jwt_issuer", "jwt_audience")
        if not values.get(name)
    ]
    if len(keys) == 2:
        wrong.append("JWT_SECRET and JWT_JWKS_URL are both set; tokens are checked against one of them")
    if values.get("login") != "on":
        wrong.append(f"{keys[0].upper()} is set, but LOGIN is off; set LOGIN=on to let tokens count")
    return wrong
