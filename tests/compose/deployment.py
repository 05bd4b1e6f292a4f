"""docker-compose.yml on a Docker engine, under a project name and on ports of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from devstack.ports import free_port
from devstack.tools import ROOT, program
from tests.live.client import CHUNK
from tests.live.eventually import eventually

STAND_IN = "longshore-test-minio"
SAMPLES = ROOT / "deploy" / "sample-secrets"
COMMAND_SECONDS = 1200
PULL_SECONDS = 120


def attempt(*words: str, seconds: float = COMMAND_SECONDS, **environment: str) -> subprocess.CompletedProcess[str]:
    """A docker command, whatever comes of it; all it says is in its stdout."""
    return subprocess.run(
        [program("docker"), *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )


def docker(*words: str, **environment: str) -> str:
    """What a docker command says. AssertionError with all of it when the command fails."""
    ended = attempt(*words, **environment)
    assert ended.returncode == 0, f"docker {' '.join(words)}:\n{ended.stdout}"
    return ended.stdout


def can_have_minio() -> bool:
    """Whether the engine has the image that docker-compose.yml names, or gets it."""
    [image] = re.findall(r"MINIO_IMAGE:-(.+)}", (ROOT / "docker-compose.yml").read_text())
    if attempt("image", "inspect", image).returncode == 0:
        return True
    try:
        return attempt("pull", "--quiet", image, seconds=PULL_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class Deployment:
    """A trial as the README has it: `.env.example` as it is, the sample secrets, other ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = f"longshore-test-{os.getpid()}"
        http, https, storage = free_port(), free_port(), free_port()
        self.http_url = f"http://localhost:{http}"
        self.url = f"https://localhost:{https}"
        self.storage_url = f"https://localhost:{storage}"
        self.secrets = folder / "secrets"
        shutil.copytree(SAMPLES, self.secrets)
        self.environment = {
            "HTTP_PORT": str(http),
            "HTTPS_PORT": str(https),
            "STORAGE_PORT": str(storage),
            "PUBLIC_URL": self.url,
            "S3_PUBLIC_ENDPOINT_URL": self.storage_url,
            "SECRETS": str(self.secrets),
            "CHUNK_SIZE": str(CHUNK),
            "SCAN_WORKERS": "1",
            "SWEEP_INTERVAL": "1",
        }

    def compose(self, *words: str) -> str:
        """A `docker compose` command on this deployment, which has to succeed."""
        return docker(*self._options, *words, **self.environment)

    @property
    def _options(self) -> tuple[str, ...]:
        return ("compose", "--project-name", self.project, "--env-file", ".env.example")

    def use_stand_in(self) -> None:
        """MinIO's place is taken by the embedded S3 server; its access keys have the form ACCOUNT:USER."""
        docker("build", "--quiet", "--file", "tests/compose/minio/Dockerfile", "--tag", STAND_IN, ".")
        self.environment["MINIO_IMAGE"] = STAND_IN
        (self.secrets / "s3_access_key").write_text("longshore:trial\n")

    def up(self, *words: str) -> None:
        """Returns when all that others wait for is healthy, and the proxy, which nobody waits for."""
        self.compose("up", "--detach", *words)
        eventually(
            lambda: self.containers("caddy")["caddy-1"]["State"]["Health"]["Status"], lambda now: now == "healthy", 60
        )

    def down(self) -> None:
        """Nothing is left of it but the images."""
        self.compose("down", "--volumes", "--timeout", "5")

    @property
    def authority(self) -> Path:
        """The certificate of Caddy's CA, taken out as docs/production.md says."""
        file = self.folder / "root.crt"
        if not file.exists():
            self.compose("cp", "caddy:/var/lib/caddy/caddy/pki/authorities/local/root.crt", str(file))
        return file

    def containers(self, *services: str) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of each container, by its name without the project's."""
        ids = self.compose("ps", "--all", "--quiet", *services).split()
        found = json.loads(docker("inspect", *ids))
        return {one["Name"].removeprefix(f"/{self.project}-"): one for one in found}

    def execute(self, service: str, *command: str) -> str:
        """What a command in a running container says, also where it fails."""
        return attempt(*self._options, "exec", "--no-TTY", service, *command, **self.environment).stdout.strip()

    def left_over(self) -> list[str]:
        """Containers, volumes and networks that carry this project's label."""
        label = f"label=com.docker.compose.project={self.project}"
        lists = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        return [name for words in lists for name in docker(*words, "--quiet", "--filter", label).split()]
