"""deploy/minio/make-identities, the one-shot container's script, with an mc that records its calls.

The effect on a real MinIO was tested by hand (docs/storage.md).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment.compose_files import SERVICES, made
from tests.support.documents import block_of
from tests.support.programs.shell import Shell
from tools.programs import ROOT

SCRIPT = ROOT / "deploy" / "minio" / "make-identities"
MC = """
case "$*" in
    "alias set"*) read -r a; read -r b; echo "$a $b" >>"$HOME/stdin"
                  [ "$(wc -l <"$HOME/stdin")" -gt "${REFUSALS:-0}" ] || { echo "not yet" >&2; exit 1; } ;;
    "admin user add"*) read -r a; read -r b; echo "$a $b" >>"$HOME/stdin" ;;
    "admin policy create"*) cp "$6" "$HOME/$5.json" ;;
esac
echo "$*" >>"$HOME/calls"
"""
BUCKETS = {"S3_PRIVATE_BUCKET": "example-uploads-private", "S3_PUBLIC_BUCKET": "example-uploads-public"}


class Container:
    """The script's container: its secrets, and its calls of mc."""

    def __init__(self, folder: Path) -> None:
        self.shell = Shell(folder, {"mc": MC, "sleep": ""})
        self.secrets = made(folder / "secrets")

    def put(self, name: str, text: str) -> None:
        self.secrets[name] = text
        (self.shell.folder / "secrets" / name).write_text(f"{text}\n" if text else "")

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Return the command's output."""
        places = {"SECRETS": str(self.shell.folder / "secrets"), "TMPDIR": str(self.shell.folder)}
        return self.shell.run(f"sh {SCRIPT} {' '.join(arguments)} 2>&1", places | BUCKETS | environment, code)

    def kept(self, name: str) -> list[str]:
        file = self.shell.home / name
        return file.read_text().splitlines() if file.exists() else []

    def pair(self, access: str, secret: str) -> str:
        return f"{self.secrets[access]} {self.secrets[secret]}"


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path)


def statements(policy: str) -> list[dict[str, Any]]:
    """Return the statements without their names."""
    return [{key: value for key, value in one.items() if key != "Sid"} for one in json.loads(policy)["Statement"]]


def test_both_users_have_the_policies_of_the_recipe(container: Container) -> None:
    container.run()
    service, upload = container.secrets["s3_access_key"], container.secrets["s3_upload_access_key"]
    assert [line for line in container.kept("calls") if "policy create" not in line] == [
        "alias set store http://minio:9000",
        "mb --ignore-existing store/example-uploads-private store/example-uploads-public",
        "admin user add store",
        f"admin policy attach store longshore-service --user {service}",
        "admin user add store",
        f"admin policy attach store longshore-upload --user {upload}",
    ]
    assert container.kept("stdin") == [
        container.pair("minio_root_user", "minio_root_password"),
        container.pair("s3_access_key", "s3_secret_key"),
        container.pair("s3_upload_access_key", "s3_upload_secret_key"),
    ]
    made = [(container.shell.home / f"longshore-{name}.json").read_text() for name in ("service", "upload")]
    recipe = [block_of("AWS' policy"), block_of("AWS' policy of the upload key")]
    assert [statements(policy) for policy in made] == [statements(policy) for policy in recipe]


def test_one_user_is_created_without_an_upload_key(container: Container) -> None:
    for name in ("s3_upload_access_key", "s3_upload_secret_key"):
        container.put(name, "")
    container.run()
    assert "longshore-upload" not in "\n".join(container.kept("calls"))


def test_make_identities_waits_for_minio(container: Container) -> None:
    container.run(REFUSALS="2")
    assert len(container.kept("stdin")) == 5


def test_make_identities_fails_after_the_last_try(container: Container) -> None:
    output = container.run(REFUSALS="9", TRIES="3", code=1)
    assert output == "make-identities: MinIO at http://minio:9000 refuses its root user: not yet\n"
    assert len(container.kept("stdin")) == 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"s3_secret_key": ""}, "the secret s3_secret_key is missing or empty; deploy/make-secrets creates it"),
        ({"minio_root_password": ""}, "the secret minio_root_password is missing or empty; "),
        ({"s3_upload_secret_key": ""}, "the secret s3_upload_secret_key is missing or empty; "),
        ({"s3_access_key": "same", "minio_root_user": "same"}, "s3_access_key is MinIO's root user; "),
        (
            {"s3_upload_access_key": "same", "minio_root_user": "same"},
            "s3_upload_access_key must be a separate key",
        ),
        ({"s3_upload_access_key": "same", "s3_access_key": "same"}, "s3_upload_access_key must be a separate key"),
    ],
)
def test_missing_and_equal_secrets_are_refused(container: Container, changes: dict[str, str], reason: str) -> None:
    for name, text in changes.items():
        container.put(name, text)
    assert container.run(code=1).startswith(f"make-identities: {reason}")
    assert container.kept("calls") == []


def test_a_replaced_key_is_removed(container: Container) -> None:
    container.run("remove", "longshore-old")
    assert container.kept("calls")[-1] == "admin user remove store longshore-old"


def test_the_runbook_removes_a_key_in_the_container() -> None:
    words = block_of("remove a user of MinIO").split()
    service = words[words.index("--rm") + 1]
    assert SERVICES[service]["entrypoint"][-1] == f"/{SCRIPT.name}"
    assert words[:4] == ["docker", "compose", "run", "--rm"]
    assert words[5:] == ["remove", "OLD_ACCESS_KEY"]


def test_a_key_in_use_is_not_removed(container: Container) -> None:
    for name in ("s3_access_key", "s3_upload_access_key", "minio_root_user"):
        assert "choose an access key that is not in use" in container.run("remove", container.secrets[name], code=1)
    assert "choose an access key that is not in use" in container.run("remove", code=1)
    assert "remove" not in "\n".join(container.kept("calls"))
