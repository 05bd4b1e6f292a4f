"""The proxies of docs/recipes/proxies.md, each with the page's own configuration.

Only ports, certificates and the folder of the logs are replaced; the hosts are the page's, and resolve to this machine
(`hosts_lead_here`).
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pytest
import requests

from tests.support.documents import block_of
from tools.programs import program
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, http_status
from tools.stack.servers.caddy import FRAGMENTS, Caddy
from tools.stack.servers.caddy_program import caddy_path

FILES, STORAGE = "files.example", "storage.example"
SECONDS = 5


def filled(text: str, places: Mapping[str, str]) -> str:
    """Replace texts, all of which must occur."""
    for old, new in places.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def hosts_lead_here(patch: pytest.MonkeyPatch) -> None:
    """Resolve the page's hosts to this machine in this process."""
    resolve = socket.getaddrinfo

    def here(host: Any, *more: Any, **named: Any) -> Any:
        return resolve(LOOPBACK if host in {FILES, STORAGE} else host, *more, **named)

    patch.setattr(socket, "getaddrinfo", here)


class HasAuthority(Protocol):
    """A proxy with certificates of a test CA."""

    @property
    def authority(self) -> Path: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


@contextmanager
def trusted(proxy: HasAuthority, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run it inside the block, where `requests` trusts its CA."""
    proxy.start()
    patch.setenv("REQUESTS_CA_BUNDLE", str(proxy.authority))
    try:
        yield
    finally:
        proxy.stop()


class Behind(Caddy):
    """The page and the API behind an ingress that has the certificates."""

    configuration = FRAGMENTS / "behind.caddy"

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PORT": str(self.https), "HEALTH_PORT": str(self.http)}

    def is_ready(self) -> bool:
        return http_status(self.http, "/alive") == 200


class StorageBehind(Behind):
    """The storage filter behind an ingress; it listens on the port `https`, without TLS."""

    configuration = FRAGMENTS / "storage_behind.caddy"


class PageProxy(Part):
    """A proxy on `port` with the addresses of the page and of storage; api and storage: its upstreams (host:port)."""

    name: ClassVar[str]

    def __init__(self, data: Path, port: int, api: str, storage: str) -> None:
        super().__init__(data)
        self.port, self.api, self.storage = port, api, storage

    @property
    def upstreams(self) -> dict[str, str]:
        """The certificates' paths on the page and here."""
        return {"127.0.0.1:8000": self.api, "127.0.0.1:9000": self.storage}

    @property
    def authority(self) -> Path:
        """The certificate of its CA."""
        return self.data / "certificate.pem"

    @property
    def key(self) -> Path:
        """The key of the certificate."""
        return self.data / "key.pem"

    def prepare(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        names = f"subjectAltName=DNS:{FILES},DNS:{STORAGE}"
        words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
        files = ["-keyout", str(self.key), "-out", str(self.authority)]
        subject = ["-subj", "/CN=localhost", "-addext", names]
        subprocess.run([program("openssl"), *words, *files, *subject], check=True, capture_output=True)

    def is_ready(self) -> bool:
        try:
            # storage must have a certificate, with any name
            _, api = (
                requests.get(f"https://{host}:{self.port}{path}", verify=str(self.authority), timeout=SECONDS)
                for host, path in ((STORAGE, "/"), (FILES, "/api/health/live"))
            )
        except (requests.RequestException, OSError):
            return False
        return api.status_code == 200

    def describe(self) -> str:
        return f"{self.name}, 127.0.0.1:{self.port}"

    def said(self) -> str:
        """Return all log lines, from its own log or the configured ones."""
        return "".join(log.read_text(errors="replace") for log in sorted(self.logs.iterdir()))


class Nginx(PageProxy):
    """nginx with the recipe as a file of Debian's conf.d, and the logs that a server does not configure."""

    name = "nginx"

    def prepare(self) -> None:
        super().prepare()
        certificates = {f"/etc/ssl/{host}.pem": str(self.authority) for host in (FILES, STORAGE)}
        keys = {f"/etc/ssl/{host}.key": str(self.key) for host in (FILES, STORAGE)}
        places = {"listen 443": f"listen {LOOPBACK}:{self.port}", "/var/log/nginx": str(self.logs)}
        page = filled(block_of("nginx before it"), self.upstreams | certificates | keys | places)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        around = "\n".join(f"{kind}_temp_path {self.data}/{kind};" for kind in kinds)
        process = f"user root; daemon off; worker_processes 1; pid {self.data}/pid; error_log {self.logs}/error.log;"
        (self.data / "nginx.conf").write_text(
            f"{process}\nevents {{}}\nhttp {{\n{around}\naccess_log {self.logs}/access.log;\n{page}\n}}\n"
        )

    def commands(self) -> Sequence[Command]:
        words = ["-e", str(self.logs / "first.log"), "-c", str(self.data / "nginx.conf")]
        return [Command(self.name, [program("nginx"), *words])]


class PageCaddy(PageProxy):
    """Use its own certificates instead of Let's Encrypt's."""

    name = "caddy"
    OPTIONS = ("admin off", "local_certs", "skip_install_trust", "auto_https disable_redirects")

    @property
    def authority(self) -> Path:
        return self.data / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    def prepare(self) -> None:
        places = {"127.0.0.1:8000": self.api, "/etc/caddy/storage_filter.caddy": f"{FRAGMENTS}/storage_filter.caddy"}
        page = filled(block_of("Caddy before it"), places)
        self.logs.mkdir(parents=True, exist_ok=True)
        first, rest = page.split("\n", 1)
        assert first == "{"
        (self.data / "Caddyfile").write_text("\n".join((first, *self.OPTIONS, f"https_port {self.port}", rest)))

    def commands(self) -> Sequence[Command]:
        words = ["run", "--config", str(self.data / "Caddyfile"), "--adapter", "caddyfile"]
        homes = {"XDG_DATA_HOME": str(self.data), "XDG_CONFIG_HOME": str(self.data)}
        page = filled(block_of("Caddy's environment"), {"127.0.0.1:9000": self.storage})
        environment = dict(line.split("=", 1) for line in page.splitlines())
        return [Command(self.name, [caddy_path(), *words], homes | environment)]


class Traefik(PageProxy):
    """Use a certificate from a file instead of the resolver's, and our own Caddy before storage."""

    name = "traefik"

    def __init__(self, data: Path, port: int, api: str, storage: str) -> None:
        super().__init__(data, port, api, storage)
        self.filter = StorageBehind(data / "filter", {"STORAGE": storage}, "longshore-public")

    @property
    def upstreams(self) -> dict[str, str]:
        return {"127.0.0.1:8000": self.api, "127.0.0.1:9080": f"{LOOPBACK}:{self.filter.https}"}

    def prepare(self) -> None:
        super().prepare()
        self.filter.prepare()
        folder = self.data / "dynamic"
        folder.mkdir(exist_ok=True)
        dynamic, static = block_of("Traefik before it"), block_of("Traefik's own settings")
        (folder / "page.yml").write_text(
            filled(dynamic, self.upstreams | {"certResolver: le, ": "", "certResolver: le": ""})
        )
        pair = f"{{certFile: {self.authority}, keyFile: {self.key}}}"
        (folder / "certificate.yml").write_text(f"tls: {{certificates: [{pair}]}}\n")
        places = {'":443"': f'"{LOOPBACK}:{self.port}"', "/etc/traefik/longshore.yml": str(folder)}
        (self.data / "traefik.yml").write_text(filled(static, places | {"filename:": "directory:"}))

    def is_ready(self) -> bool:
        return self.filter.is_ready() and super().is_ready()

    def commands(self) -> Sequence[Command]:
        traefik = Command(self.name, [program("traefik"), f"--configFile={self.data}/traefik.yml"])
        return [*self.filter.commands(), traefik]


PROXIES: dict[str, type[PageProxy]] = {each.name: each for each in (Nginx, PageCaddy, Traefik)}
TRIED = tuple(os.environ.get("LIVE_PROXIES", "nginx,caddy").split(","))
"""The proxies of this run. Debian has no package of Traefik: LIVE_PROXIES=traefik tests it if it is on the PATH."""
