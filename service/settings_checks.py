"""Checks for settings that contradict each other, and for settings that production refuses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from service.values.formats.urls import is_loopback
from service.values.policies import CLAMD, ICAP

SAMPLE = "change-me"
SAMPLES = (SAMPLE, SAMPLE.encode().hex(), b64encode(SAMPLE.encode()).decode())
"""Every secret in .env.example and deploy/sample-secrets contains one, in plain text, hex or base64."""

PRIVATE_BUCKET, PUBLIC_BUCKET = "longshore-private", "longshore-public"
PASSWORDLESS = {"password", "unix_socket", "ssl_cert", "ssl_certfile", "read_default_file"}
"""Options in URLs of PyMySQL and redis-py that replace the URL's password."""
STORAGE_KEY = ("s3_access_key", "s3_secret_key")
UPLOAD_KEY = ("s3_upload_access_key", "s3_upload_secret_key")
KEYS, AWS = "keys", "aws"
"""Values of S3_CREDENTIALS: storage's key is in the settings, or a role supplies it."""


def has_role(values: Mapping[str, Any]) -> bool:
    """Whether a role supplies storage's key."""
    return values.get("s3_credentials") == AWS


def contradictions(values: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Return why these settings contradict each other, one line for each wrong variable.

    values: the parsed values, by field; texts: the raw texts, by variable.
    """
    wrong = _production(values, texts) if values.get("env") == "production" else []
    if values.get("quota") and values.get("login") != "on":
        wrong.append("QUOTA is set, but LOGIN is off; quotas need LOGIN=on")
    if values.get("release_approval") == "on" and values.get("login") != "on":
        wrong.append("RELEASE_APPROVAL is on, but LOGIN is off; it needs LOGIN=on, as it compares subjects")
    if values.get("jwt_secret_previous") and not values.get("jwt_secret"):
        wrong.append("JWT_SECRET_PREVIOUS is set, but JWT_SECRET is not; set JWT_SECRET to the newest secret")
    wrong += _scanners(values)
    return wrong + _storage_key(values) + _upload_key(values) + _webhooks(values) + _tokens(values)


def _scanners(values: Mapping[str, Any]) -> list[str]:
    """A policy that requires a scanner which is not configured would let no file be served."""
    missing = {
        CLAMD: "CLAMD_URL is off" if values.get("clamd_url") == "off" else "",
        ICAP: "" if values.get("icap_url") else "ICAP_URL is not set",
    }
    wrong = [
        f"POLICIES requires the scanner {scanner} in [{policy}], but {missing[scanner]}"
        for policy, rules in values.get("policies", {}).items()
        for scanner in rules.get("scanners", ())
        if missing[scanner]
    ]
    if values.get("icap_max_size") and not values.get("icap_url"):
        wrong.append("ICAP_MAX_SIZE is set, but ICAP_URL is not; set both or neither")
    return wrong


def _storage_key(values: Mapping[str, Any]) -> list[str]:
    """An unused key next to a role would look as if it were in use, and never be deleted."""
    left = [name for name in STORAGE_KEY if values.get(name)] if has_role(values) else []
    return [f"{name.upper()} is set, but is not used with S3_CREDENTIALS=aws; remove it (or its file)" for name in left]


def _upload_key(values: Mapping[str, Any]) -> list[str]:
    """Half a key cannot sign, and using the service's own key a second time restricts nothing."""
    access, secret = (values.get(name) for name in UPLOAD_KEY)
    if bool(access) != bool(secret):
        missing, there = (name.upper() for name in (UPLOAD_KEY if secret else UPLOAD_KEY[::-1]))
        return [f"{missing} is not set, but {there} is; set both or neither"]
    if access and access == values.get("s3_access_key"):
        return ["S3_UPLOAD_ACCESS_KEY is the same as S3_ACCESS_KEY; create a second key, or remove it"]
    return []


def _webhooks(values: Mapping[str, Any]) -> list[str]:
    """Receivers need the signature to detect forged webhooks, and https:// keeps webhooks confidential."""
    urls = values.get("webhooks", ())
    wrong = ["WEBHOOK_SECRET is not set; WEBHOOKS requires it"] if urls and not values.get("webhook_secret") else []
    if any(url.startswith("http:") for url in urls) and values.get("webhook_allow_private") != "on":
        wrong.append("WEBHOOKS contains an http:// URL; use https://, or set WEBHOOK_ALLOW_PRIVATE=on")
    return wrong


def _production(values: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    wrong = [
        f"{name} contains a sample secret of .env.example, which is public; generate a new one"
        for name, text in texts.items()
        if any(sample in text for sample in SAMPLES)
    ]
    buckets = (values.get("s3_private_bucket", PRIVATE_BUCKET), values.get("s3_public_bucket", PUBLIC_BUCKET))
    jwks = urlsplit(values.get("jwt_jwks_url", ""))
    refused = {
        "LOGIN is off; ENV=production requires LOGIN=on": values.get("login") != "on",
        "CLAMD_URL is off; with ENV=production, set ALLOW_UNSCANNED=yes to serve files without a scan": (
            values.get("clamd_url") == "off" and not values.get("icap_url") and values.get("allow_unscanned") != "yes"
        ),
        "CORS_ORIGINS allows all origins; with ENV=production, list the origins": (
            "*" in values.get("cors_origins", ())
        ),
        "JWT_JWKS_URL is an http:// URL; ENV=production requires https://, or a URL of this host": (
            jwks.scheme == "http" and not is_loopback(jwks.hostname or "")
        ),
        "S3_PUBLIC_BUCKET is the same as S3_PRIVATE_BUCKET; ENV=production requires two buckets": (
            buckets[0] == buckets[1]
        ),
    }
    wrong += [reason for reason, holds in refused.items() if holds]
    return wrong + [
        f"{name.upper()} has no password; ENV=production requires a password, a socket or a certificate"
        for name in ("database_url", "redis_url")
        if name in values and not _is_guarded(values[name])
    ]


def _is_guarded(url: str) -> bool:
    """Whether a URL of the database or Redis has a password, or needs none: a file, a socket, a certificate."""
    try:
        parts = urlsplit(url)
    except ValueError:  # connecting reports what is wrong
        return True
    return bool(parts.password or not parts.hostname or PASSWORDLESS & dict(parse_qsl(parts.query)).keys())


def _tokens(values: Mapping[str, Any]) -> list[str]:
    """Accept tokens only of one issuer and for this service; tokens for other services must not work here."""
    keys = [name for name in ("jwt_secret", "jwt_jwks_url") if values.get(name)]
    if not keys:
        return []
    wrong = [
        f"{name.upper()} is not set; {keys[0].upper()} requires it"
        for name in ("jwt_issuer", "jwt_audience")
        if not values.get(name)
    ]
    if len(keys) == 2:
        wrong.append("JWT_SECRET and JWT_JWKS_URL are both set; remove one of them")
    if values.get("login") != "on":
        wrong.append(f"{keys[0].upper()} is set, but LOGIN is off; tokens need LOGIN=on")
    return wrong
