"""docker-compose.yml on a Docker engine as in docs/production.md, with a separate project name and ports."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.support.documents import block_of
from tests.support.live.client import CHUNK
from tests.support.live.eventually import eventually
from tests.support.programs.shell import Shell
from tools.programs import ROOT, program
from tools.stack.processes.ports import free_port

STAND_IN = "longshore-test-minio"
SAMPLES = ROOT / "deploy" / "sample-secrets"
NOT_OURS = [line.strip("/") for place in (ROOT, ROOT / "web") for line in (place / ".gitignore").read_text().split()]
"""Names in this folder that are not in a checkout."""
COMMAND_SECONDS = 1200
PULL_SECONDS = 120


def attempt(
    *words: str, seconds: float = COMMAND_SECONDS, folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a docker command without checking its exit code; its whole output is in stdout."""
    return subprocess.run(
        [program("docker"), *words],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )


def docker(*words: str, folder: Path = ROOT, **environment: str) -> str:
    """Return the output of a docker command. Raises AssertionError with it if the command fails."""
    ended = attempt(*words, folder=folder, **environment)
    assert ended.returncode == 0, f"docker {' '.join(words)}:\n{ended.stdout}"
    return ended.stdout


def can_have_minio() -> bool:
    """Whether the engine has the image of docker-compose.yml or can pull it."""
    [image] = re.findall(r"MINIO_IMAGE:-(.+)}", (ROOT / "docker-compose.yml").read_text())
    if attempt("image", "inspect", image).returncode == 0:
        return True
    try:
        return attempt("pull", "--quiet", image, seconds=PULL_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


POLICIES = """
[notes]
extensions = ["txt"]
"""


class Deployment:
    """A test deployment in a separate checkout: `.env.example` unchanged, the sample secrets, other ports."""

    def __init__(self, folder: Path) -> None:
        self.project = f"longshore-test-{os.getpid()}"
        http, https, storage, dashboard, console = (free_port() for _ in range(5))
        self.http_url = f"http://localhost:{http}"
        self.url = f"https://localhost:{https}"
        self.storage_url = f"https://localhost:{storage}"
        self.dashboard_url = f"https://localhost:{dashboard}"
        self.console_url = f"https://localhost:{console}"
        self.secrets = folder / "secrets"
        shutil.copytree(SAMPLES, self.secrets)
        self.checkout = folder / "longshore"
        shutil.copytree(ROOT, self.checkout, ignore=shutil.ignore_patterns(".git", *NOT_OURS))
        (self.checkout / "deploy" / "policies" / "policies.toml").write_text(POLICIES)
        # the existing image is the newest version
        self.shell = Shell(folder, {"git": '[ "$*" = pull ]'})
        self.environment = {
            "COMPOSE_PROJECT_NAME": self.project,
            "IMAGE_TAG": self.project,
            "HTTP_PORT": str(http),
            "HTTPS_PORT": str(https),
            "STORAGE_PORT": str(storage),
            "DASHBOARD_PORT": str(dashboard),
            "CONSOLE_PORT": str(console),
            "PUBLIC_URL": self.url,
            "DASHBOARD_URL": self.dashboard_url,
            "CONSOLE_URL": self.console_url,
            "S3_PUBLIC_ENDPOINT_URL": self.storage_url,
            "SECRETS": str(self.secrets),
            "CHUNK_SIZE": str(CHUNK),
            "POLICIES": "policies.toml",
            "SCAN_WORKERS": "1",
            "SWEEP_INTERVAL": "1",
        }

    def run(self, commands: str, code: int = 0) -> str:
        """Run commands of the documents in the checkout with this deployment's address and networks; return their
        output."""
        here = commands.replace("https://localhost:9443", self.url).replace(" longshore_", f" {self.project}_")
        # docker's own configuration is in the user's home
        return self.shell.run(f"cd longshore\n{here}", self.environment | {"HOME": os.environ["HOME"]}, code)

    def compose(self, *words: str) -> str:
        """Run a `docker compose` command on this deployment, which must succeed."""
        return docker("compose", *words, folder=self.checkout, **self.environment)

    @property
    def has_stand_in(self) -> bool:
        return self.environment.get("MINIO_IMAGE") == STAND_IN

    def use_stand_in(self) -> None:
        """Replace MinIO by the embedded S3 server; it has two access keys, ACCOUNT:USER."""
        docker("build", "--quiet", "--file", "tests/compose/minio/Dockerfile", "--tag", STAND_IN, ".")
        self.environment["MINIO_IMAGE"] = STAND_IN
        (self.secrets / "s3_access_key").write_text("longshore:service\n")
        (self.secrets / "s3_upload_access_key").write_text("longshore:uploads\n")

    def begin(self) -> None:
        """Start it from nothing, also building images."""
        self.run(block_of("a trial"))
        self.wait()

    def up(self) -> str:
        """Start it again, create a key, and return it: the last line of the output."""
        output = self.run(block_of("a host for others"))
        self.wait()
        return output

    def wait(self) -> None:
        """Wait until the proxy is healthy, for which `up` does not wait."""
        eventually(
            lambda: self.containers("caddy")["caddy-1"]["State"]["Health"]["Status"], lambda now: now == "healthy", 60
        )

    def down(self) -> None:
        """Remove everything except the build cache."""
        self.compose("down", "--volumes", "--timeout", "5")
        docker("image", "rm", *(f"longshore-{name}:{self.project}" for name in ("service", "caddy", "clamav")))

    def authority(self) -> Path:
        """Return the certificate of Caddy's CA."""
        self.run(block_of("Caddy's CA"))
        return self.checkout / "longshore-ca.crt"

    def containers(self, *services: str) -> dict[str, dict[str, Any]]:
        """Return `docker inspect` of each container, by its name without the project's."""
        ids = self.compose("ps", "--all", "--quiet", *services).split()
        found = json.loads(docker("inspect", *ids))
        return {one["Name"].removeprefix(f"/{self.project}-"): one for one in found}

    def execute(self, service: str, *command: str) -> str:
        """Return the output of a command in a running container, also if it fails."""
        words = ("compose", "exec", "--no-TTY", service, *command)
        return attempt(*words, folder=self.checkout, **self.environment).stdout.strip()

    def left_over(self) -> list[str]:
        """Return containers, volumes and networks with this project's label."""
        label = f"label=com.docker.compose.project={self.project}"
        lists = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        return [name for words in lists for name in docker(*words, "--quiet", "--filter", label).split()]
