"""Settings: all mistakes are reported at once, and every variable is documented."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import fields
from pathlib import Path

import pytest

from service.limits import GIB, MIB
from service.settings import REQUIRED, Settings, SettingsError
from tests.support.service.environments import GOOD, ROLE
from tools.docs import settings_page
from tools.programs import ROOT

PRODUCTION = GOOD | {"ENV": "production", "LOGIN": "on", "ALLOW_UNSCANNED": "yes"}


def test_the_required_settings_suffice() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.s3_endpoint_url == settings.s3_public_endpoint_url == "http://127.0.0.1:9000"
    assert settings.chunk_size == 16 * MIB
    assert not settings.scanning


def test_a_role_requires_no_key() -> None:
    settings = Settings.from_env(ROLE)
    assert (settings.has_role, settings.s3_access_key, settings.s3_secret_key) == (True, "", "")


def test_files_of_a_key_may_be_empty_with_a_role(tmp_path: Path) -> None:
    """As Compose's are: it always sets their names."""
    (tmp_path / "empty").write_text("\n")
    files = {f"S3_{name}_KEY_FILE": str(tmp_path / "empty") for name in ("ACCESS", "SECRET")}
    assert (
        Settings.from_env(ROLE | files) == Settings.from_env(ROLE | dict.fromkeys(files, "")) == Settings.from_env(ROLE)
    )


UPLOAD_KEY = {"S3_UPLOAD_ACCESS_KEY": "uploads", "S3_UPLOAD_SECRET_KEY": "secret-of-uploads"}


@pytest.mark.parametrize("base", [GOOD, ROLE], ids=["a key", "a role"])
def test_an_upload_key_is_optional(base: dict[str, str]) -> None:
    assert [Settings.from_env(env).has_upload_key for env in (base, base | UPLOAD_KEY)] == [False, True]


def test_missing_settings_are_reported_all_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({})
    assert {f"{name.upper()} is not set" for name in REQUIRED} <= set(str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("CHUNK_SIZE", "5242879", "not a whole number from 5242880"),
        ("CHUNK_SIZE", "16MiB", "not a whole number"),
        ("MAX_UPLOAD_SIZE", "-1", "not a whole number"),
        ("SCAN_MAX_SIZE", str(2 * GIB), "not a whole number"),
        ("S3_ENDPOINT_URL", "127.0.0.1:9000", "not an http:// or https:// URL"),
        ("S3_PUBLIC_ENDPOINT_URL", "http://h:99999", "Port out of range"),
        ("CORS_ORIGINS", "app.example", "contains 'app.example', which is not an origin"),
        ("ALLOWED_HOSTS", "files.example:443", "contains 'files.example:443', which is not a host"),
        ("S3_CREDENTIALS", "role", "not one of keys, aws"),
        ("S3_PUBLIC_BASE_URL", "ftp://x", "not an http:// or https:// URL"),
        ("CLAMD_URL", "http://x", "not tcp://host:port, unix:///path or off"),
        ("ICAP_URL", "http://host/scan", "not icap://host:port/service"),
        ("ICAP_URL", "icap://host:1344", "not icap://host:port/service"),
        ("ICAP_URL", "icap://user@host/scan", "not icap://host:port/service"),
        ("ICAP_URL", "icap://host/scan all", "contains characters that no URL of a service has"),
        ("ICAP_URL", "icap://host:99999/scan", "Port out of range"),
        ("ICAP_MAX_SIZE", "5", "is set, but ICAP_URL is not; set both or neither"),
        ("UNSCANNABLE_POLICY", "serve", "not one of hold, release"),
        ("ORPHAN_POLICY", "ignore", "not one of report, delete"),
        ("ALLOWED_EXTENSIONS", "jpg,*", "contains '\\*', which is not an extension"),
        ("ALLOWED_EXTENSIONS", "jpg,..", "contains '', which is not an extension"),
        ("ALLOWED_CONTENT_TYPES", "image", "contains 'image', which is not a type"),
        ("RATE_LIMIT_ADDRESS", "100 per minute", "not a number of requests per time"),
        ("RATE_LIMIT_SUBJECT", "0/minute", "not a number of requests per time"),
        ("ENV", "staging", "not one of development, production"),
        ("LOGIN", "yes", "not one of off, on"),
        ("SECRET_KEY", "short", "shorter than 16 characters"),
        ("SECRET_KEY_PREVIOUS", "0123456789abcdef short", "shorter than 16 characters"),
        ("JWT_SECRET_PREVIOUS", "s" * 32, "JWT_SECRET is not"),
        ("WEBHOOKS", "app.example/hook", "not an http:// or https:// URL"),
        ("WEBHOOKS", "https://app.example/,https://user:password@app.example/?x", "contains a URL with a user name"),
        ("WEBHOOKS", f"https://app.example/{'x' * 500}", "more than 500 characters"),
        ("WEBHOOKS", "https://app.example:99999/", "Port out of range"),
        ("WEBHOOK_SECRET", "x" * 40, "not whsec_ followed by 24 to 64 bytes"),
        ("WEBHOOK_SECRET", "whsec_plJ3nmyCDGBKInavdOK15jsl", "not whsec_ followed by 24 to 64 bytes"),
        ("WEBHOOK_SECRET", "whsec_plJ3nmyCDGBKInavdOK15jsl=", "not whsec_ followed by 24 to 64 bytes"),
        ("WEBHOOK_ALLOW_PRIVATE", "yes", "not one of off, on"),
        ("RECEIPT_KEY", "0b" * 31, "not an Ed25519 private key of 64 hex digits"),
        ("RECEIPT_RETIRED", "0b", "contains '0b', which is not a public key"),
    ],
)
def test_an_invalid_setting_is_named_with_its_reason(name: str, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} .*{reason}"):
        Settings.from_env(GOOD | {name: text})


ICAP = {"ICAP_URL": "icap://scanner.example/avscan?allow204=on", "ICAP_MAX_SIZE": "0"}


def test_an_icap_server_scans_with_or_without_clamd() -> None:
    alone = Settings.from_env(PRODUCTION | {"ALLOW_UNSCANNED": "no"} | ICAP)
    assert (alone.scanning, alone.has_clamd, alone.icap_url, alone.icap_max_size) == (True, False, ICAP["ICAP_URL"], 0)


def test_a_policy_can_require_only_configured_scanners(tmp_path: Path) -> None:
    file = tmp_path / "policies.toml"
    file.write_text('[big]\nscanners = ["icap"]\n[safe]\nscanners = ["clamd", "icap"]\n[any]\nscanners = "auto"\n')
    clamd = {"CLAMD_URL": "tcp://clamd:3310"}
    assert Settings.from_env(GOOD | clamd | ICAP | {"POLICIES": str(file)}).policies["any"]["scanners"] == ()
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(GOOD | {"POLICIES": str(file)})
    assert str(caught.value).splitlines()[:-1] == [
        "POLICIES requires the scanner icap in [big], but ICAP_URL is not set",
        "POLICIES requires the scanner clamd in [safe], but CLAMD_URL is off",
        "POLICIES requires the scanner icap in [safe], but ICAP_URL is not set",
    ]


def test_hosts_are_normalized_as_browsers_send_them() -> None:
    written = {"S3_PUBLIC_ENDPOINT_URL": "https://Bücher.Example", "PUBLIC_URL": "HTTPS://Files.Example/"}
    lists = {"CORS_ORIGINS": "https://App.Example:443,*,capacitor://localhost", "ALLOWED_HOSTS": "API,::1,*"}
    settings = Settings.from_env(GOOD | written | lists)
    assert (settings.s3_public_endpoint_url, settings.public_url, settings.cors_origins, settings.allowed_hosts) == (
        "https://xn--bcher-kva.example",
        "https://files.example",
        ("https://app.example", "*", "capacitor://localhost"),
        ("api", "::1", "*"),
    )


SAMPLES = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line[:1].isalpha())


def test_the_sample_settings_start_a_development_service() -> None:
    assert Settings.from_env(SAMPLES).env == "development"


def test_production_refuses_the_samples_and_a_missing_login() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(SAMPLES | {"ENV": "production"})
    lines = str(caught.value).splitlines()
    sample = "contains a sample secret of .env.example, which is public; generate a new one"
    assert lines == [
        f"S3_SECRET_KEY {sample}",
        f"SECRET_KEY {sample}",
        "LOGIN is off; ENV=production requires LOGIN=on",
        "REDIS_URL has no password; ENV=production requires a password, a socket or a certificate",
        ".env.example describes each variable.",
    ]
    assert not any(secret in line for line in lines for secret in ("change-me-storage", "change-me-0123"))


def test_production_refuses_samples_inside_of_urls() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL contains a sample"):
        Settings.from_env(PRODUCTION | {"DATABASE_URL": "mysql+pymysql://longshore:change-me-database@db/longshore"})


@pytest.mark.parametrize("name", ["receipt_key", "webhook_secret"])
def test_production_refuses_samples_in_hex_and_base64(name: str) -> None:
    sample = {name.upper(): (ROOT / "deploy" / "sample-secrets" / name).read_text().strip()}
    assert getattr(Settings.from_env(GOOD | sample), name) == sample[name.upper()]
    with pytest.raises(SettingsError, match=f"{name.upper()} contains a sample"):
        Settings.from_env(PRODUCTION | sample)


def test_several_webhooks_and_secrets_can_be_set() -> None:
    secret = "whsec_" + b64encode(b"x" * 24).decode()
    hooks = {"WEBHOOKS": "https://a/, https://b/c", "WEBHOOK_SECRET": f"{secret} {secret}"}
    assert Settings.from_env(GOOD | hooks).webhooks == ("https://a/", "https://b/c")


def test_production_starts_with_secrets_of_its_own() -> None:
    settings = Settings.from_env(PRODUCTION)
    assert (settings.env, settings.login_required) == ("production", True)


MYSQL = "mysql+pymysql://longshore"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"DATABASE_URL": f"{MYSQL}@db/longshore"}, "DATABASE_URL has no password"),
        ({"DATABASE_URL": f"{MYSQL}:@127.0.0.1/longshore"}, "DATABASE_URL has no password"),
        ({"REDIS_URL": "redis://redis:6379/0"}, "REDIS_URL has no password"),
        ({"REDIS_URL": "rediss://user@redis"}, "REDIS_URL has no password"),
        ({"ALLOW_UNSCANNED": "no"}, "CLAMD_URL is off"),
        ({"CORS_ORIGINS": "https://app.example,*"}, "CORS_ORIGINS allows all origins"),
        ({"S3_PUBLIC_BUCKET": "longshore-private"}, "S3_PUBLIC_BUCKET is the same as S3_PRIVATE_BUCKET"),
        (
            {"JWT_JWKS_URL": "http://login.example/jwks", "JWT_ISSUER": "i", "JWT_AUDIENCE": "a"},
            "JWT_JWKS_URL is an http:// URL",
        ),
    ],
)
def test_production_refuses_unsafe_settings(wrong: dict[str, str], reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(PRODUCTION | wrong)
    assert [line.startswith(reason) for line in str(caught.value).splitlines()[:-1]] == [True]
    assert Settings.from_env(PRODUCTION | wrong | {"ENV": "development"}).env == "development"


@pytest.mark.parametrize(
    "right",
    [
        {"DATABASE_URL": f"{MYSQL}:password@db/longshore"},
        {"DATABASE_URL": f"{MYSQL}@/longshore?unix_socket=/run/mysqld.sock"},
        {"DATABASE_URL": f"{MYSQL}@localhost/longshore?unix_socket=/run/mysqld.sock"},
        {"DATABASE_URL": f"{MYSQL}@db/longshore?ssl_cert=/c&ssl_key=/k"},
        {"REDIS_URL": "unix:///run/redis.sock?db=0"},
        {"REDIS_URL": "redis://redis?password=x"},
        {"REDIS_URL": "rediss://redis?ssl_certfile=/c"},
        {"JWT_JWKS_URL": "http://127.0.0.1/jwks", "JWT_ISSUER": "i", "JWT_AUDIENCE": "a"},
    ],
)
def test_production_accepts_safe_connections(right: dict[str, str]) -> None:
    assert Settings.from_env(PRODUCTION | right).env == "production"


TOKENS = GOOD | {"LOGIN": "on", "JWT_ISSUER": "https://login.example/", "JWT_AUDIENCE": "longshore"}
JWKS = {"JWT_JWKS_URL": "https://login.example/jwks.json"}


@pytest.mark.parametrize(
    ("env", "reasons"),
    [
        (GOOD | {"LOGIN": "on"} | JWKS, ["JWT_ISSUER is not set", "JWT_AUDIENCE is not set"]),
        (TOKENS | JWKS | {"JWT_SECRET": "x" * 32}, ["JWT_SECRET and JWT_JWKS_URL are both set"]),
        (TOKENS | {"JWT_SECRET": "x" * 32, "LOGIN": "off"}, ["JWT_SECRET is set, but LOGIN is off"]),
        (
            GOOD | {"S3_CREDENTIALS": "aws"},
            ["S3_ACCESS_KEY is set, but is not used", "S3_SECRET_KEY is set, but is not used"],
        ),
        (ROLE | {"S3_ACCESS_KEY": "access"}, ["S3_ACCESS_KEY is set, but is not used with S3_CREDENTIALS=aws"]),
        (ROLE | {"S3_CREDENTIALS": "keys"}, ["S3_ACCESS_KEY is not set", "S3_SECRET_KEY is not set"]),
        (GOOD | {"S3_UPLOAD_ACCESS_KEY": "u"}, ["S3_UPLOAD_SECRET_KEY is not set, but S3_UPLOAD_ACCESS_KEY is"]),
        (ROLE | {"S3_UPLOAD_SECRET_KEY": "u"}, ["S3_UPLOAD_ACCESS_KEY is not set, but S3_UPLOAD_SECRET_KEY is"]),
        (
            GOOD | UPLOAD_KEY | {"S3_UPLOAD_ACCESS_KEY": GOOD["S3_ACCESS_KEY"]},
            ["S3_UPLOAD_ACCESS_KEY is the same as S3_ACCESS_KEY"],
        ),
        (GOOD | {"QUOTA": "1"}, ["QUOTA is set, but LOGIN is off"]),
        (GOOD | {"WEBHOOKS": "http://app/"}, ["WEBHOOK_SECRET is not set", "WEBHOOKS contains an http:// URL"]),
        (TOKENS | {"JWT_SECRET": "x" * 31}, ["JWT_SECRET is shorter than 32 characters"]),
    ],
)
def test_contradictory_settings_are_refused(env: dict[str, str], reasons: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(env)
    lines = str(caught.value).splitlines()[:-1]
    assert [line.startswith(reason) for line, reason in zip(lines, reasons, strict=True)] == [True] * len(reasons)


@pytest.mark.parametrize(
    "contents", [b"fedcba9876543210\n", b"\xef\xbb\xbffedcba9876543210\r\n"], ids=["plain", "mark"]
)
def test_a_secret_can_be_read_from_a_file(tmp_path: Path, contents: bytes) -> None:
    file = tmp_path / "secret_key"
    file.write_bytes(contents)
    env = {name: text for name, text in GOOD.items() if name != "SECRET_KEY"} | {"SECRET_KEY_FILE": str(file)}
    assert Settings.from_env(env).secret_key == "fedcba9876543210"
    # as Compose passes on unset variables
    assert Settings.from_env(env | {"SECRET_KEY": ""}).secret_key == "fedcba9876543210"


@pytest.mark.parametrize(
    ("contents", "also", "reason"),
    [
        (None, "", "SECRET_KEY cannot be read: SECRET_KEY_FILE is '.*secret', No such file or directory"),
        (b"\xff\xfe", "", "SECRET_KEY cannot be read: SECRET_KEY_FILE is '.*secret', not UTF-8 text"),
        (b" \n", "", "SECRET_KEY is not set"),
        (b"short", "", "SECRET_KEY is shorter than 16 characters"),
        (b"0123456789abcdef", "0123456789abcdef", "SECRET_KEY and SECRET_KEY_FILE are both set"),
    ],
)
def test_an_unusable_secret_file_is_refused(tmp_path: Path, contents: bytes | None, also: str, reason: str) -> None:
    file = tmp_path / "secret"
    if contents is not None:
        file.write_bytes(contents)
    with pytest.raises(SettingsError, match=reason):
        Settings.from_env(GOOD | {"SECRET_KEY": also, "SECRET_KEY_FILE": str(file)})


def test_origins_are_a_list() -> None:
    assert Settings.from_env(GOOD | {"CORS_ORIGINS": " http://a/ ,http://b,"}).cors_origins == ("http://a", "http://b")


def test_the_text_of_settings_contains_no_secret() -> None:
    assert "secret-of-storage" not in repr(Settings.from_env(GOOD))


def test_every_setting_is_documented() -> None:
    text = (ROOT / ".env.example").read_text()
    assert [field.name for field in fields(Settings) if field.name.upper() not in text] == []


def test_the_settings_page_shows_every_setting() -> None:
    assert settings_page.TARGET.read_text() == settings_page.text(), "run: python -m tools.docs.settings_page"
    shown = {
        name
        for _, entries in settings_page.sections(settings_page.SOURCE.read_text().splitlines())
        for entry in entries
        for name, _ in entry.samples
    }
    assert {field.name.upper() for field in fields(Settings)} <= shown
