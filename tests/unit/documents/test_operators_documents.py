"""Documents for operators: settings, secrets and certificates, and the programs that read them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml

from service.access.tokens import make_verifier
from service.settings import Settings
from tests.support.deployment.compose_files import clamd_lines, compose, made, samples
from tests.support.documents import block_of, blocks_of
from tests.support.programs.shell import PYTHON, Shell
from tests.support.service.environments import GOOD
from tools.programs import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
LINE = re.compile(r"^([A-Z_0-9]+)=(.*?)(?: +#.*)?$", re.MULTILINE)


def settings_of(text: str) -> dict[str, str]:
    """Return a block's settings, with the sample for an omitted secret (`…`). Raises ValueError for any other line."""
    found: dict[str, str] = dict(LINE.findall(text))
    if len(found) != len(text.splitlines()):
        raise ValueError(f"not settings alone:\n{text}")
    return {name: samples()[name.lower()] if "…" in value else value for name, value in found.items()}


@pytest.mark.parametrize("text", [*blocks_of("settings"), block_of("storage elsewhere"), block_of("lasting links")])
def test_settings_are_accepted(text: str) -> None:
    """By the service, or by Compose."""
    given = settings_of(text)
    files = given.pop("COMPOSE_FILE", "docker-compose.yml").split(":")
    assert [file for file in files if not (ROOT / file).is_file()] == []
    own = {field.upper() for field in Settings.__dataclass_fields__}
    compose = "".join((ROOT / file).read_text() for file in files)
    assert [name for name in given if name not in own and f"${{{name}:" not in compose] == []
    # the files of containers do not exist here
    plain = {name: text for name, text in given.items() if not name.endswith("_FILE")}
    Settings.from_env(GOOD | {"CLAMD_URL": "tcp://clamav:3310"} | plain)


def test_a_token_of_the_example_backend_is_accepted() -> None:
    secret = "s" * 32
    names: dict[str, Any] = {"JWT_SECRET": secret}
    exec(block_of("a token"), names)
    claims = jwt.decode(names["token"], options={"verify_signature": False})
    taken = {"LOGIN": "on", "JWT_SECRET": secret, "JWT_ISSUER": claims["iss"], "JWT_AUDIENCE": "longshore"}
    verifier = make_verifier(Settings.from_env(GOOD | taken))
    assert verifier
    caller = verifier.caller(names["token"])
    assert (caller.subject, {scope.value for scope in caller.scopes}) == ("ann", {"upload", "read", "delete"})


def test_clamds_limits_are_those_of_the_image() -> None:
    shown = {name: value.split("#")[0].strip() for name, value in clamd_lines(block_of("clamd's limits")).items()}
    assert len(shown) > 5
    assert shown.items() <= clamd_lines((ROOT / "deploy" / "clamav" / "clamd.conf").read_text()).items()


def test_the_commands_make_all_secrets_for_compose(tmp_path: Path) -> None:
    for name in (".env.example", "deploy"):
        (tmp_path / name).symlink_to(ROOT / name)
    Shell(tmp_path).run(block_of("secrets"), {})
    assert (tmp_path / ".env").read_text() == (ROOT / ".env.example").read_text()
    assert {file.name for file in (tmp_path / "secrets").iterdir()} == set(samples())


def interpolated(text: str, env: Mapping[str, str]) -> str:
    """A value of Compose's file, by https://docs.docker.com/reference/compose-file/interpolation/ as far as ours go."""
    text = re.sub(r"\$\{(\w+):\+([^}]*)\}", lambda found: found[2] if env.get(found[1]) else "", text)
    return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: env.get(found[1]) or found[2] or "", text)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["MinIO", "storage elsewhere"])
def test_a_public_host_starts_in_production(tmp_path: Path, elsewhere: bool) -> None:
    """With the files and the .env of the page: the containers' settings, and no sample."""
    for name in (".env.example", "deploy"):
        (tmp_path / name).symlink_to(ROOT / name)
    Shell(tmp_path).run(block_of("secrets"), {})
    written = next(text for text in blocks_of("settings") if text.startswith("ENV=production\n"))
    blocks = [(tmp_path / ".env").read_text(), written, *([block_of("storage elsewhere")] if elsewhere else [])]
    env = dict(line for text in blocks for line in LINE.findall(text))
    files = env.get("COMPOSE_FILE", "docker-compose.yml").split(":")
    environment = {name: text for file in files for name, text in of_service(file).items()}
    values = {name: interpolated(str(text), env) for name, text in environment.items()}
    found = Settings.from_env(
        {name: text.replace("/run/secrets", f"{tmp_path}/secrets") for name, text in values.items()}
    )
    assert (found.env, found.login, found.public_url) == ("production", "on", "https://uploads.example")
    storage = "https://s3.eu-central-1.amazonaws.com"
    urls = (storage, storage) if elsewhere else ("http://minio:9000", "https://storage.example")
    assert (found.s3_endpoint_url, found.s3_public_endpoint_url) == urls
    assert (found.cors_origins, found.has_upload_key) == (("https://uploads.example",), True)


def of_service(file: str) -> dict[str, Any]:
    """The environment that a file of Compose's gives the API."""
    found: dict[str, Any] = compose(file)["services"]["api"]["environment"]
    return found


NEWER = {"minio_root_user", "minio_root_password", "s3_upload_access_key", "s3_upload_secret_key"}
"""Secrets that an installation from before the upload key does not have."""


@pytest.fixture
def older(tmp_path: Path) -> Shell:
    """Such an installation, whose git and docker record their calls."""
    for name in ("deploy", "docker-compose.yml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".env").write_text("SECRETS=./secrets\nMINIO_IMAGE=quay.io/minio/minio:old\n")
    for name in made(tmp_path / "secrets").keys() & NEWER:
        (tmp_path / "secrets" / name).unlink()
    keeps = 'echo "${0##*/} $*" >>calls'
    return Shell(tmp_path, {"git": keeps, "docker": keeps})


def secrets_of(shell: Shell) -> dict[str, str]:
    return {file.name: file.read_text() for file in (shell.folder / "secrets").iterdir()}


def test_the_keys_of_an_older_installation_are_separated(older: Shell) -> None:
    """Existing secrets stay; the new root's name was never in a link, and all keys differ."""
    before = secrets_of(older)
    older.run(block_of("separate the keys"), {})
    after = secrets_of(older)
    assert (before.items() <= after.items(), after.keys() - before.keys()) == (True, NEWER)
    keys = [after[name].strip() for name in (*NEWER, "s3_access_key", "s3_secret_key")]
    assert len(set(keys) - {""}) == len(keys)
    # as MinIO takes them: https://github.com/minio/minio/blob/master/internal/auth/credentials.go
    assert [len(text) for text in keys if not 3 <= len(text) <= 40] == []


def test_an_older_installation_moves_to_silo(older: Shell) -> None:
    older.run(block_of("move to Silo"), {})
    older.run(block_of("after the move"), {})
    calls = (older.folder / "calls").read_text().splitlines()
    assert [line for line in calls if line.startswith(("git", "docker run"))][1:] == ["git pull"]
    assert [line.split()[2] for line in calls if line.startswith("docker compose")] == [
        *("stop", "build", "up", "ps", "logs", "exec"),
    ]
    assert (older.folder / ".env").read_text() == "SECRETS=./secrets\n"
    assert secrets_of(older).keys() >= NEWER
    [backup] = [line for line in calls if line.startswith("docker run")]
    assert "longshore_minio:/srv/minio:ro" in backup
    assert yaml.safe_load(COMPOSE)["services"]["minio"]["volumes"] == ["minio:/srv/minio"]


def test_a_certificate_is_readable_only_by_the_proxy(tmp_path: Path) -> None:
    """Without root's rights, the file's owner stays."""
    folder = tmp_path / "deploy" / "certificates"
    folder.mkdir(parents=True)
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).touch()
    root = os.geteuid() == 0
    Shell(tmp_path, {"sudo": '"$@"' if root else '[ "$1" = chown ] || "$@"'}).run(block_of("a certificate"), {})
    made = (folder / "key.pem").stat()
    assert (made.st_mode & 0o777, made.st_uid) == (0o400, 10001 if root else os.geteuid())
    dockerfile = (ROOT / "Dockerfile").read_text().split(" AS caddy")[1].split("\nFROM ")[0]
    assert "USER 10001" in dockerfile
    assert ":-./deploy/certificates}:/certificates:ro" in COMPOSE


def test_the_filter_runs_alone_between_traefik_and_storage(tmp_path: Path) -> None:
    """With a configuration of the image, and variables that it reads."""
    shell = Shell(tmp_path, {"docker": 'printf "%s\\n" "$@" >calls'})
    shell.run(block_of("the filter alone"), {})
    words = (tmp_path / "calls").read_text().splitlines()
    file = ROOT / words[words.index("--config") + 1].removeprefix("/etc/caddy/")
    read = file.read_text() + (file.parent / "storage_filter.caddy").read_text()
    given = dict(words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--env")
    assert [name for name in given if f"{{${name}:" not in read and f"{{${name}}}" not in read] == ["XDG_DATA_HOME"]
    traefik, nginx = block_of("Traefik before it"), block_of("nginx before it")
    assert f"http://127.0.0.1:{given['PORT']}" in traefik
    assert f"proxy_pass http://{given['STORAGE']};" in nginx


def test_prometheus_scrapes_the_apis_port() -> None:
    [job] = yaml.safe_load(block_of("scraping"))["scrape_configs"]
    assert set(job) == {"job_name", "authorization", "static_configs"}
    ports = {target.rpartition(":")[2] for one in job["static_configs"] for target in one["targets"]}
    assert [f"--bind=0.0.0.0:{port}" in (ROOT / "Dockerfile").read_text() for port in ports] == [True]


def test_the_commands_for_traces_start_the_application(tmp_path: Path) -> None:
    """The configuration is gunicorn's, the application starts, and the packages are those that we name."""
    gunicorn = f'exec "{PYTHON}" -m gunicorn --check-config "$@"'
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    shell = Shell(tmp_path, {"gunicorn": gunicorn, "pip": 'echo "$@"; cat "$4"'})
    output = shell.run(block_of("traces"), GOOD | {"DATABASE_URL": f"sqlite:///{tmp_path}/x"})
    assert "install --require-hashes -r required.txt\n" in output
    assert {"flask", "opentelemetry-sdk"} <= set(re.findall(r"^([\w-]+)==", output, re.M))


def test_an_installation_contains_only_the_longshore_package(tmp_path: Path) -> None:
    """From a checkout: the command runs, and of all packages there only `longshore` is installed."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    for name in ("longshore", "service", "jobs", "migrations", "tools"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    target = tmp_path / "installed"
    offline = {"PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_TARGET": str(target)}
    shell = Shell(checkout, {"pip": f'exec "{PYTHON}" -m pip "$@"'})
    shell.run(block_of("installing"), offline)
    assert "upload" in shell.run(f"{target}/bin/longshore --help", {"PYTHONPATH": str(target)})
    [about] = target.glob("longshore-*.dist-info")
    assert {path.name for path in target.iterdir()} == {"bin", "longshore", about.name}
    metadata = (about / "METADATA").read_text()
    assert set(re.findall(r"^Provides-Extra: (.+)$", metadata, re.M)) == {"crc32c", "verify"}
    assert set(re.findall(r"^Requires-Dist: (\S+)$", metadata, re.M)) == {"click", "rich", "urllib3"}


def test_the_documented_test_commands_are_those_of_ci() -> None:
    """CI runs these commands; a test cannot run all tests."""
    ci = (ROOT / ".ci" / "run").read_text()
    for command in "".join(blocks_of("the tests")).splitlines():
        dev, verb, *files = command.split()
        assert re.search(rf"{dev} {verb}( --all)? \|\|", ci)
        assert [file for file in files if file[0] != "-" and not (ROOT / file).exists()] == []
