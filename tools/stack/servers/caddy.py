"""Caddy with the configuration of production (Caddyfile), for the live tests: its own CA, on free ports."""

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.checks.web import DIST
from tools.programs import ROOT
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import free_port, http_status
from tools.stack.servers.caddy_program import caddy_path, unavailable

CADDYFILE = ROOT / "Caddyfile"
FRAGMENTS = ROOT / "deploy" / "caddy"


class Caddy(Part):
    """upstreams: the addresses (host:port) of API, STORAGE, CONSOLE and DASHBOARD; a missing one is down.

    public_bucket: the bucket whose files need no signature, if any.
    """

    name = "caddy"
    configuration = CADDYFILE

    def __init__(self, data: Path, upstreams: Mapping[str, str] | None = None, public_bucket: str = "") -> None:
        super().__init__(data)
        self.public_bucket = public_bucket
        self.upstreams = dict(upstreams or {})
        self.http, self.https, self.storage = free_port(), free_port(), free_port()
        self.dashboard, self.console = free_port(), free_port()
        self.folder = self.data / "caddy"

    @classmethod
    def available(cls) -> str | None:
        return unavailable()

    def ports(self) -> dict[str, int]:
        own = {"http": self.http, "https": self.https, "storage": self.storage}
        return own | {"dashboard": self.dashboard, "console": self.console}

    @property
    def url(self) -> str:
        """The address of the page and the API."""
        return f"https://localhost:{self.https}"

    @property
    def storage_url(self) -> str:
        """The address of storage for browsers."""
        return f"https://localhost:{self.storage}"

    @property
    def dashboard_url(self) -> str:
        """rq-dashboard's address."""
        return f"https://localhost:{self.dashboard}"

    @property
    def console_url(self) -> str:
        """The address of MinIO's console."""
        return f"https://localhost:{self.console}"

    @property
    def authority(self) -> Path:
        """The certificate of its CA; it exists after the start."""
        return self.folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    @property
    def log(self) -> Path:
        """The access and error log."""
        return self.logs / "caddy.log"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def environment(self) -> dict[str, str]:
        """Return the variables that the Caddyfile reads."""
        closed = f"127.0.0.1:{free_port()}"
        return {
            **dict.fromkeys(("API", "STORAGE", "CONSOLE", "DASHBOARD"), closed),
            **self.upstreams,
            "HTTP_PORT": str(self.http),
            "PUBLIC_URL": self.url,
            "S3_PUBLIC_ENDPOINT_URL": self.storage_url,
            "S3_PUBLIC_BUCKET": self.public_bucket,
            "DASHBOARD_URL": self.dashboard_url,
            "CONSOLE_URL": self.console_url,
            "STORAGE_SOURCES": self.storage_url,
            "PAGE": str(DIST),
            "XDG_DATA_HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder),
        }

    def commands(self) -> Sequence[Command]:
        argv = [caddy_path(), "run", "--config", str(self.configuration), "--adapter", "caddyfile"]
        return [Command(self.name, argv, self.environment())]

    def is_ready(self) -> bool:
        return self.authority.exists() and http_status(self.http, "/alive") == 200 and self._has_certificate()

    def _has_certificate(self) -> bool:
        """Whether it accepts TLS: it creates its certificate after it has begun to listen."""
        try:
            ssl.get_server_certificate(("localhost", self.storage), timeout=5)
        except OSError:
            return False
        return True

    def describe(self) -> str:
        return f"Caddy, {self.url}"
