"""The settings: environment variables, read once at start and checked together."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from longshore.receipts.signatures import is_public_key
from service.limits import (
    GIB,
    MAX_OBJECT_SIZE,
    MAX_PART_SIZE,
    MAX_URL_TTL,
    MAX_WEBHOOK_URL,
    MIB,
    MIN_PART_SIZE,
    TIB,
)
from service.policy_file import Rules, read_policies
from service.setting_parsers import BUCKET, EXTENSION, HOST, MEDIA_TYPE, choice, listed, number, words
from service.settings_checks import AWS, KEYS, PRIVATE_BUCKET, PUBLIC_BUCKET, STORAGE_KEY, contradictions, has_role
from service.values.formats.urls import as_sent, origin_of
from service.values.policies import HOLD, RELEASE

ANY = "*"
WEB_ROOT = Path(__file__).resolve().parent.parent / "web" / "dist"


class SettingsError(Exception):
    """The settings are invalid or contradictory; the message has one line for each problem."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """All settings. Field `x_y` is the environment variable `X_Y`; `.env.example` describes each.

    Each can be read from a file that `X_Y_FILE` names instead, as with container secrets.
    Sizes are bytes, times seconds. REQUIRED lists the required ones; storage's key is not required with a role.
    """

    database_url: str
    redis_url: str
    s3_endpoint_url: str
    s3_credentials: str = KEYS
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_upload_access_key: str = ""
    s3_upload_secret_key: str = ""
    secret_key: str
    clamd_url: str
    icap_url: str = ""
    icap_max_size: int = 0
    secret_key_previous: tuple[str, ...] = ()
    env: str = "development"
    login: str = "off"
    jwt_secret: str = ""
    jwt_secret_previous: tuple[str, ...] = ()
    jwt_jwks_url: str = ""
    jwt_issuer: str = ""
    jwt_audience: str = ""
    jwt_leeway: int = 60
    jwt_scope_claim: str = "scope"
    s3_public_endpoint_url: str = ""
    s3_public_probe_host: str = ""
    s3_region: str = "us-east-1"
    s3_addressing_style: str = "path"
    s3_private_bucket: str = PRIVATE_BUCKET
    s3_public_bucket: str = PUBLIC_BUCKET
    s3_public_base_url: str = ""
    adopt_buckets: tuple[str, ...] = ()
    max_upload_size: int = 5 * TIB
    rate_limit_subject: str = ""
    rate_limit_address: str = ""
    rate_limit_guesses: str = "20/minute"
    trusted_proxies: int = 0
    quota: int = 0
    max_open_uploads: int = 10_000
    allowed_extensions: tuple[str, ...] = ()
    allowed_content_types: tuple[str, ...] = ()
    policies: Mapping[str, Rules] = field(default_factory=dict, hash=False)
    chunk_size: int = 16 * MIB
    one_put: str = "auto"
    url_ttl: int = 3600
    upload_ttl: int = 24 * 3600
    download_url_ttl: int = 300
    scan_max_size: int = 2000 * MIB
    allow_unscanned: str = "no"
    unscannable_policy: str = HOLD
    rescan_batch: int = 100
    infected_policy: str = "keep"
    orphan_policy: str = "report"
    receipt_key: str = ""
    receipt_retired: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    webhook_secret: str = ""
    webhook_allow_private: str = "off"
    cors_origins: tuple[str, ...] = ()
    public_url: str = ""
    dashboard_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    sweep_interval: int = 30
    audit_days: int = 0
    release_approval: str = "off"
    scan_workers: int = 2
    log_format: str = "text"
    metrics_token: str = ""
    web_root: Path = WEB_ROOT

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read and check the environment. Raises SettingsError that names every invalid variable."""
        values: dict[str, Any] = {}
        texts: dict[str, str] = {}
        wrong: list[str] = []
        for each in fields(cls):
            try:
                text = _text(env, each.name.upper())
                if not text:
                    if each.name in REQUIRED and not (each.name in STORAGE_KEY and has_role(values)):
                        wrong.append(f"{each.name.upper()} is not set")
                    continue
                texts[each.name.upper()] = text
                values[each.name] = PARSERS.get(each.name, str)(text)
            except ValueError as error:
                wrong.append(f"{each.name.upper()} {error}")
        wrong += contradictions(values, texts)
        if wrong:
            raise SettingsError("\n".join([*wrong, ".env.example describes each variable."]))
        values.setdefault("s3_public_endpoint_url", values["s3_endpoint_url"])
        return cls(**values)

    @property
    def scanning(self) -> bool:
        """Whether files are scanned (CLAMD_URL is not `off`, or there is an ICAP_URL)."""
        return self.has_clamd or bool(self.icap_url)

    @property
    def has_clamd(self) -> bool:
        """Whether clamd scans files."""
        return self.clamd_url != "off"

    @property
    def has_role(self) -> bool:
        """Whether botocore's provider chain supplies storage's key."""
        return self.s3_credentials == AWS

    @property
    def has_upload_key(self) -> bool:
        """Whether part URLs are signed with a separate key that can only upload."""
        return bool(self.s3_upload_access_key)

    @property
    def login_required(self) -> bool:
        """Whether callers need a key or token."""
        return self.login == "on"


def _text(env: Mapping[str, str], name: str) -> str:
    """Return variable `name`, or the contents of the file that `name`_FILE names; empty if neither is set."""
    text, path = env.get(name, "").strip(), env.get(f"{name}_FILE", "").strip()
    if not path:
        return text
    if text:
        raise ValueError(f"and {name}_FILE are both set; remove one of them")
    try:
        return Path(path).read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ValueError(f"cannot be read: {name}_FILE is {path!r}, {reason}") from error


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"is {text!r}, not an http:// or https:// URL")
    return as_sent(text).rstrip("/")


def _origins(text: str) -> tuple[str, ...]:
    """Parse origins as browsers send them; apps use their own schemes (`capacitor://localhost`)."""
    words = listed(text)
    for word in words:
        if word != ANY and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#@]+", word):
            raise ValueError(f"contains {word!r}, which is not an origin such as https://app.example")
    return tuple(word if word == ANY else origin_of(word) for word in words)


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", text):
        raise ValueError(f"is {text!r}, not a host name or address")
    return text


def _clamd_url(text: str) -> str:
    parts = urlsplit(text)
    if text == "off" or (parts.scheme == "unix" and parts.path) or (parts.scheme == "tcp" and parts.hostname):
        return text
    raise ValueError(f"is {text!r}, not tcp://host:port, unix:///path or off")


def _icap_url(text: str) -> str:
    """Parse the URL of a service: its path and query are sent as they are."""
    parts = urlsplit(text)
    service = parts.path.strip("/")
    if parts.scheme != "icap" or not parts.hostname or parts.username is not None or not service or parts.port == 0:
        raise ValueError(f"is {text!r}, not icap://host:port/service")
    if parts.fragment or not re.fullmatch(r"[!-~]+", text):
        raise ValueError(f"is {text!r}, which contains characters that no URL of a service has")
    return text


def _secret(least: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text) < least:
            raise ValueError(f"is shorter than {least} characters")
        return text

    return parse


def _secrets(least: int) -> Callable[[str], tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        return tuple(map(_secret(least), text.split()))

    return parse


def _private_key(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise ValueError("is not an Ed25519 private key of 64 hex digits; create one with `longshore receipt-key make`")
    return text


def _public_keys(text: str) -> tuple[str, ...]:
    keys = tuple(word.strip() for word in text.split(",") if word.strip())
    for key in keys:
        if not is_public_key(key):
            raise ValueError(f"contains {key!r}, which is not a public key as printed by `longshore receipt-key show`")
    return keys


def _webhooks(text: str) -> tuple[str, ...]:
    urls = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    for url in urls:
        if urlsplit(url).username is not None:
            raise ValueError("contains a URL with a user name; remove it, as WEBHOOK_SECRET authenticates the sender")
        if not re.fullmatch(r"[!-~]+", url) or len(url) > MAX_WEBHOOK_URL or urlsplit(_http_url(url)).port == 0:
            raise ValueError(
                f"contains a URL that has more than {MAX_WEBHOOK_URL} characters, or others than visible ASCII ones"
            )
    return urls


def _webhook_secret(text: str) -> str:
    """Parse one secret, or several during a rotation, in the format of Standard Webhooks."""
    for word in re.split(r"[\s,]+", text):
        found = re.fullmatch(r"whsec_([A-Za-z0-9+/]+={0,2})", word)
        if not found or len(found[1]) % 4 or not 24 <= len(b64decode(found[1])) <= 64:
            raise ValueError(
                "is not whsec_ followed by 24 to 64 bytes in base64, or several of these separated by spaces"
            )
    return text


def _rate(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", text):
        raise ValueError(f"is {text!r}, not a number of requests per time such as 6000/minute")
    return text


REQUIRED = frozenset({"database_url", "redis_url", "s3_endpoint_url", *STORAGE_KEY, "secret_key", "clamd_url"})
PARSERS: dict[str, Callable[[str], Any]] = {
    "env": choice("development", "production"),
    "login": choice("off", "on"),
    "jwt_secret": _secret(32),
    "jwt_secret_previous": _secrets(32),
    "jwt_jwks_url": _http_url,
    "jwt_leeway": number(0, 600),
    "s3_endpoint_url": _http_url,
    "s3_credentials": choice(KEYS, AWS),
    "s3_public_endpoint_url": _http_url,
    "s3_public_probe_host": _host,
    "s3_public_base_url": _http_url,
    "adopt_buckets": words(BUCKET),
    "s3_addressing_style": choice("path", "virtual", "auto"),
    "secret_key": _secret(16),
    "secret_key_previous": _secrets(16),
    "clamd_url": _clamd_url,
    "icap_url": _icap_url,
    "icap_max_size": number(0, MAX_OBJECT_SIZE),
    "max_upload_size": number(1, MAX_OBJECT_SIZE),
    "rate_limit_subject": _rate,
    "rate_limit_address": _rate,
    "rate_limit_guesses": _rate,
    "trusted_proxies": number(0, 10),
    "allowed_extensions": words(EXTENSION),
    "allowed_content_types": words(MEDIA_TYPE),
    "policies": read_policies,
    "quota": number(0, 2**63 - 1),
    "max_open_uploads": number(0, 10**9),
    "chunk_size": number(MIN_PART_SIZE, MAX_PART_SIZE),
    "one_put": choice("auto", "off"),
    "url_ttl": number(1, MAX_URL_TTL),
    "upload_ttl": number(60, 365 * 24 * 3600),
    "download_url_ttl": number(1, MAX_URL_TTL),
    # ClamAV never scans files of 2 GiB or more, whatever its settings are
    "rescan_batch": number(0, 10_000),
    "scan_max_size": number(1, 2 * GIB - 1),
    "allow_unscanned": choice("no", "yes"),
    "unscannable_policy": choice(HOLD, RELEASE),
    "infected_policy": choice("keep", "delete"),
    "orphan_policy": choice("report", "delete"),
    "receipt_key": _private_key,
    "receipt_retired": _public_keys,
    "webhooks": _webhooks,
    "webhook_secret": _webhook_secret,
    "webhook_allow_private": choice("off", "on"),
    "cors_origins": _origins,
    "allowed_hosts": words(HOST),
    "public_url": _http_url,
    "dashboard_url": _http_url,
    "sweep_interval": number(1, 3600),
    "audit_days": number(0, 36_500),
    "release_approval": choice("off", "on"),
    "scan_workers": number(1, 64),
    "log_format": choice("text", "json"),
    "metrics_token": _secret(16),
    "web_root": Path,
}
