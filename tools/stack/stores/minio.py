"""MinIO, if it is on the PATH."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.programs import find, program
from tools.stack.keys import secret_once
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, free_port, http_status

REGION = "us-east-1"


class Minio(Part):
    """A MinIO server on one folder, without its console."""

    name = "s3"

    def __init__(self, data: Path, port: int | None = None, origins: Sequence[str] = ("*",)) -> None:
        """origins: the pages that may send requests to it from a browser."""
        super().__init__(data)
        self.port = port or free_port()
        self.origins = list(origins)
        self.folder = self.data / "minio"

    @classmethod
    def available(cls) -> str | None:
        return None if find("minio") else "minio is not on the PATH"

    def ports(self) -> dict[str, int]:
        return {self.name: self.port}

    @property
    def access_key(self) -> str:
        """The access key, created on first use like the secret."""
        return secret_once(self.folder / "user", 9)

    @property
    def secret_key(self) -> str:
        """The user's secret."""
        return secret_once(self.folder / "secret", 20)

    def prepare(self) -> None:
        (self.folder / "files").mkdir(parents=True, exist_ok=True)

    def commands(self) -> Sequence[Command]:
        settings = {
            "MINIO_ROOT_USER": self.access_key,
            "MINIO_ROOT_PASSWORD": self.secret_key,
            "MINIO_REGION": REGION,
            "MINIO_BROWSER": "off",
            # it has no CORS rules per bucket, only this setting for all
            "MINIO_API_CORS_ALLOW_ORIGIN": ",".join(self.origins),
        }
        address = f"{LOOPBACK}:{self.port}"
        argv = [program("minio"), "server", "--quiet", "--address", address, str(self.folder / "files")]
        return [Command(self.name, argv, settings)]

    def is_ready(self) -> bool:
        return http_status(self.port, "/minio/health/ready") == 200

    @staticmethod
    def version() -> str:
        """The release as MinIO writes it, a date: RELEASE.2025-09-07T16-13-09Z."""
        said = subprocess.run([program("minio"), "--version"], capture_output=True, text=True, check=True).stdout
        return said.split()[2]

    def describe(self) -> str:
        return f"MinIO, {LOOPBACK}:{self.port}, files in {self.folder}"

    def env(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT_URL": f"http://{LOOPBACK}:{self.port}",
            "S3_REGION": REGION,
            "S3_ACCESS_KEY": self.access_key,
            "S3_SECRET_KEY": self.secret_key,
        }
