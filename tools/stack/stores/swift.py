"""S3 storage on this machine without root: OpenStack Swift with its S3 API, one node, one replica.

Signatures are checked, objects and open multipart uploads are files on disk, and no file is kept in memory.
"""

import json
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tools.programs import python_env, python_module
from tools.stack.keys import secret_once, write_private
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part, PartError
from tools.stack.processes.ports import LOOPBACK, accepts, free_port, http_status
from tools.stack.stores.swift_config import REGION, S3Key, SwiftPorts, proxy_conf, storage_conf, swift_conf

STORAGE = ("account", "container", "object")


class Swift(Part):
    """The proxy and its three storage servers, in two processes."""

    name = "s3"

    def __init__(self, data: Path, port: int | None = None, origins: Sequence[str] = ("*",)) -> None:
        """port: the proxy's; the storage servers take the next three. Without it all are free ones.

        origins: the pages that may send requests to it from a browser.
        """
        super().__init__(data)
        ports = [port + offset for offset in range(4)] if port else [free_port() for _ in range(4)]
        self.numbers = SwiftPorts(*ports)
        self.origins = list(origins)
        self.more_keys: list[S3Key] = []
        """Additional access keys, from the next start on."""
        self.own_key_is_valid = True
        self.folder = self.data / "swift"

    @classmethod
    def available(cls) -> str | None:
        if find_spec("swift") and find_spec("eventlet"):
            return None
        return "the Python package swift is not installed"

    @property
    def key(self) -> S3Key:
        """This data directory's access key, created on first use."""
        return S3Key("longshore", secret_once(self.folder / "user", 9), secret_once(self.folder / "secret", 30))

    def ports(self) -> dict[str, int]:
        return {self.name: self.numbers.proxy, **{f"s3-{name}": port for name, port in self.numbers.storage().items()}}

    def prepare(self) -> None:
        etc = self.folder / "etc"
        for folder in (etc, self.folder / "devices" / "d1", self.folder / "lock"):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        write_private(etc / "swift.conf", swift_conf(secret_once(self.folder / "hash", 12)))
        keys = [*([self.key] if self.own_key_is_valid else []), *self.more_keys]
        write_private(etc / "proxy.conf", proxy_conf(self.folder, self.numbers, keys, self.origins))
        for server, port in self.numbers.storage().items():
            write_private(etc / f"{server}.conf", storage_conf(self.folder, server, port))
        self._build_rings(etc)

    def _build_rings(self, etc: Path) -> None:
        """Build the rings, which contain the ports, if the ports have changed."""
        current = json.dumps(self.numbers.storage())
        marker = etc / "rings.json"
        if marker.exists() and marker.read_text() == current:
            return
        ports = [f"{server}={port}" for server, port in self.numbers.storage().items()]
        command = python_module("tools.stack.stores.swift_rings", str(etc), *ports)
        result = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
        if result.returncode:
            raise PartError(f"Swift's rings could not be built:\n{result.stderr}")
        marker.write_text(current)

    def commands(self) -> Sequence[Command]:
        etc = str(self.folder / "etc")
        return [
            Command("s3-storage", python_module("tools.stack.stores.swift_node", etc, *STORAGE), _environment()),
            Command("s3", python_module("tools.stack.stores.swift_node", etc, "proxy"), _environment()),
        ]

    def is_ready(self) -> bool:
        storage = all(accepts(port) for port in self.numbers.storage().values())
        return storage and http_status(self.numbers.proxy, "/healthcheck") == 200

    @property
    def endpoint(self) -> str:
        """The address of the S3 API."""
        return f"http://{LOOPBACK}:{self.numbers.proxy}"

    @staticmethod
    def version() -> str:
        """The installed version."""
        return version("swift")

    def describe(self) -> str:
        return f"Swift with its S3 API, {LOOPBACK}:{self.numbers.proxy}, files in {self.folder}"

    def env(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT_URL": self.endpoint,
            "S3_REGION": REGION,
            "S3_ACCESS_KEY": self.key.access_key,
            "S3_SECRET_KEY": self.key.secret,
        }


def _environment() -> dict[str, str]:
    # all addresses are numeric, so Eventlet's own resolver need not read the machine's DNS configuration
    return {**python_env(), "EVENTLET_NO_GREENDNS": "yes", "PYTHONWARNINGS": "ignore", "TZ": "UTC+0"}
