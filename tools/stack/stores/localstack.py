"""LocalStack (community) as an S3 server, for the live tests: everything in memory, signatures of URLs checked."""

from collections.abc import Sequence
from pathlib import Path

from tools.stack.processes.child import Command
from tools.stack.processes.part import Part, PartError
from tools.stack.processes.ports import LOOPBACK, free_port, http_status
from tools.stack.stores import store_env

REGION = "us-east-1"
PYTHON = "3.13"
# without its IAM it accepts only this secret, with any access key
KEY = "test"
# no setting has the folder of large objects: all LocalStacks of a machine would share one in /tmp
START = """
import sys
from localstack.services.s3 import provider
provider.DEFAULT_S3_TMP_DIR = sys.argv[1]
from localstack.runtime.main import main
main()
"""


class LocalStack(Part):
    """Only its S3, on loopback. It loses all data when it stops, and lets unsigned requests through."""

    name = "localstack"
    ready_seconds = 60.0
    # it waits for its idle threads, a test does not
    stop_seconds = 1.0

    def __init__(self, data: Path, port: int | None = None) -> None:
        super().__init__(data)
        self.port = port or free_port()
        self.folder = self.data / "localstack"

    @classmethod
    def available(cls) -> str | None:
        if store_env.find_python(PYTHON):
            return None
        return f"LocalStack needs Python {PYTHON} with its venv module, which is not installed"

    def ports(self) -> dict[str, int]:
        return {self.name: self.port}

    def prepare(self) -> None:
        for name in ("tmp", "objects"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def commands(self) -> Sequence[Command]:
        python = store_env.find_python(PYTHON)
        if python is None:
            raise PartError(str(self.available()))
        argv = [store_env.environment("localstack", python), "-c", START, str(self.folder / "objects")]
        return [Command(self.name, argv, self._settings())]

    def _settings(self) -> dict[str, str]:
        return {
            "SERVICES": "s3",
            "EAGER_SERVICE_LOADING": "1",
            "S3_SKIP_SIGNATURE_VALIDATION": "0",
            # its default server, Twisted, always listens on all addresses
            "GATEWAY_SERVER": "hypercorn",
            "GATEWAY_LISTEN": f"{LOOPBACK}:{self.port}",
            "LOCALSTACK_HOST": f"{LOOPBACK}:{self.port}",
            # no usage reports, no downloads
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DNS_ADDRESS": "0",
            "DOCKER_HOST": f"unix://{self.folder}/none",
            # no files outside of its folder
            "OVERRIDE_IN_DOCKER": "0",
            "FILESYSTEM_ROOT": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    def is_ready(self) -> bool:
        return http_status(self.port, "/_localstack/health") == 200

    def describe(self) -> str:
        return f"LocalStack {self.version()}, {LOOPBACK}:{self.port}, in memory"

    @staticmethod
    def version() -> str:
        """The pinned version."""
        return store_env.version("localstack", "localstack-core")

    def env(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT_URL": f"http://{LOOPBACK}:{self.port}",
            "S3_REGION": REGION,
            "S3_ACCESS_KEY": KEY,
            "S3_SECRET_KEY": KEY,
        }
